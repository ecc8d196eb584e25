// Signs for words, found as whole words: "profile" holds no "fire" and "pro" no more than that. Pure.

const SIGNS: readonly (readonly [string, readonly string[]])[] = [
  ["❤️", ["love", "lovely", "loved", "beautiful"]],
  ["🔥", ["fire", "amazing", "awesome", "stunning"]],
  ["👏", ["bravo", "great", "excellent", "well done"]],
  ["😂", ["funny", "hilarious"]],
  ["🎵", ["music", "song", "soundtrack", "score"]],
  ["🔊", ["loud", "louder", "too loud", "volume"]],
  ["🔇", ["quiet", "quieter", "silent", "mute", "muted"]],
  ["🎨", ["color", "colour", "colors", "colours", "grade", "grading"]],
  ["✂️", ["cut", "cuts", "trim", "shorten"]],
  ["🐢", ["slow", "slower", "drags"]],
  ["⚡", ["fast", "faster", "quick", "quicker"]],
  ["🔤", ["typo", "spelling", "misspelled"]],
  ["❓", ["why", "question"]],
];
const MOST = 3;

/** In the order in which the words stand in the text. */
export function emojiIn(text: string): readonly string[] {
  const words = ` ${text
    .toLowerCase()
    .normalize("NFKC")
    .split(/[^\p{L}\p{N}']+/u)
    .filter(Boolean)
    .join(" ")} `;
  return SIGNS.map(([sign, names]) => ({ sign, at: firstOf(words, names) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at)
    .slice(0, MOST)
    .map(({ sign }) => sign);
}

function firstOf(words: string, names: readonly string[]): number {
  const places = names.map((name) => words.indexOf(` ${name} `)).filter((at) => at >= 0);
  return places.length > 0 ? Math.min(...places) : -1;
}
