"""What a note is about: the words of the trade together with the likeness to known notes.

A word such as "saturation" settles most notes; the embedding settles the rest and the ties.
"""

import re
from dataclasses import dataclass

from inference.llm.contract import Category
from inference.llm.words import plain

# Patterns over plain text, each worth the given weight once. Stems stand for their whole family.
_WORDS: dict[Category, tuple[tuple[str, float], ...]] = {
    Category.AUDIO: (
        (
            r"audio|sound(?!s (?:good|great|right|fine|like a plan|off brand))s?|volumes?|music|songs?|"
            r"soundtrack|(?<!boom )mics?|mispronounc\w+|microphones?|voice ?overs?|vo|narrat\w+|dialogue|"
            r"dialog|decibels?|db",
            1.0,
        ),
        (
            r"hums?|humming|buzz\w*|hiss\w*|echo\w*|reverb\w*|muffled|tinny|crackl\w+|static|distort\w+|"
            r"peaking|peaks|clipping|plosives?|sibilan\w+|pops on|room tone|foley|sfx|ambien\w+|hear\w*|"
            r"loud\w*|quiet\w*|louder|mute[ds]?|ducks?|ducking|mono|stereo|bass|treble|eq|noisy? mic|rustl\w+|"
            r"rumbl\w+|whoosh\w*|silent|silence|inaudible|beat drop|melody|chorus|guitar|piano|drums?|lavs?|"
            r"lavalier|lip ?sync|out of sync|mumbl\w+|drowns?|drowned",
            1.0,
        ),
        (
            r"voices?|mix|noise|track|tracks|levels?|feedback|wind|sync|breaths?|breathing|score|headphones?|"
            r"speakers?|boomy|harsh|shrill|squeak\w*|whisper\w*",
            0.6,
        ),
    ),
    Category.COLOR: (
        (
            r"colou?rs?|colou?r grad\w+|graded?|grading|saturat\w*|desaturat\w*|oversaturated|hues?|tints?|"
            r"tinted|white balance|exposure|overexposed|underexposed|over exposed|under exposed|contrasty|"
            r"blown out|highlights?(?! (?:the|this|that|his|her|reel))|shadows?|blacks|whites|midtones?|"
            r"crushed|washed out|skin ?tones?|vignette|lut|gamma|colou?r temperature|luts|magenta|teal",
            1.0,
        ),
        (
            r"warm\w*|cool(?:er|ing)?(?= (?:down|this|it|the|look|tone|shot))|cooler|brighten|brighter|bright|"
            r"darken|darker|too dark|so dark|dark|dim|orange|blue|green|yellow|purple|red|pink|grey|gray|"
            r"contrast|exposed|blown|clipped|muddy|flat|tone|tones|lighting|lit|faded|black and white|"
            r"look(?=s? (?:green|blue|orange|yellow|red|pink))|skin|neon",
            0.6,
        ),
    ),
    Category.GRAPHICS: (
        (
            r"graphics?|logos?|lower thirds?|fonts?|typefaces?|titles?|animat\w+|end ?cards?|end screens?|"
            r"overlays?|watermarks?|banners?|icons?|callouts?|arrows?|charts?|graphs?|infographics?|text|"
            r"text box|credits|keyframes?|motion graphics|emoji|pop ?ups?|progress bar|headroom|chroma key|"
            r"green screen|boom mics?|title cards?|bullet points?",
            0.9,
        ),
        (
            r"fram(?:e|ed|es|ing)|out of focus|in focus|focus(?:ed)?|soft|blur\w*|crop\w*|zoom\w*|shak\w+|"
            r"wobbl\w+|stabili[sz]\w+|jitter\w*|horizon|crooked|tilt\w*|pixelat\w+|resolution|artifacts?|"
            r"glitch\w*|flicker\w*|reflections?|green screen|chroma|keying|composit\w+|masks?|masking|boom|"
            r"headroom|visible|in shot|in the shot|aspect ratio|letterbox\w*|split screen|picture in picture|"
            r"screen recording|thumbnail|flash|cursor|placement|eyeline|continuity|dust|smudge|black frame|"
            r"vfx|moire|rolling shutter|shot|angle|camera|readable|legible|illegible|unreadable",
            0.6,
        ),
        (r"captions?|subtitles?|subs", 0.6),
        (
            r"screen|corner|align\w*|center\w*|centre\w*|size|bigger|smaller|position\w*|card|"
            r"cards|slide|slides|wipe|fade in|fades? in|dissolve|lens|close up|transparent|opacity|bold|"
            r"on top of|covers|covering|overlaps?",
            0.45,
        ),
    ),
    Category.PACING: (
        (
            r"pac(?:e|es|ing|ed)|drag(?:s|ging|ged)?|slow(?:er|ly|s|ish)?|tighten\w*|tighter|trim\w*|"
            r"shorten\w*|linger\w*|momentum|rhythm|rushed|rushes|rushing|too long|too short|longer|shorter|"
            r"too fast|faster|speed\w*|sped|quick\w*|boring|bored|abrupt\w*|jarring|jump cuts?|jumpy|breathe|"
            r"breathing room|dead air|beats|stagnant|flow(?:s|ing)?|sluggish|snappier|snappy|lags|choppy|"
            r"padding|padded|"
            r"dwell\w*|on and on|drawn out|filler|repetitive|cut(?:s)? (?:away|sooner|earlier|later|in|to|on|"
            r"down|it|here|too)|forever|fl(?:y|ies|ying) by|nothing happens|dizzy|more frames|few frames|"
            r"half speed|double speed|slow motion|hurried|hectic|energy|overstays|meander\w*|loses? (?:steam|"
            r"me)",
            1.0,
        ),
        (
            r"cuts?|hold(?: on)?|lose|extend\w*|pauses?|beat|transitions?|sooner|earlier|too (?:early|late|"
            r"soon)|length|long|edit|seconds? (?:off|shorter|longer)|halfway|intro|montage|drop|"
            r"time to (?:read|breathe|react)|gap|delay|ends?|stay on|moves? on|get to",
            0.45,
        ),
    ),
    Category.TYPO: (
        (
            r"typos?|misspel\w+|mis spel\w+|spell(?:ed|ing|t|s)?|apostrophes?|commas?|grammar|grammatical|"
            r"punctuation|capitali[sz]\w*|upper ?case|lower ?case|hyphen\w*|missing (?:a |an |the )?(?:letter|"
            r"word|space)|letters?|spelt|double (?:l|n|s|t|p|m|r|c)|two (?:l|n|s|t|p|m|r|c)'?s|wrong (?:name|"
            r"word|spelling|year|date|number)|full stop|extra space|misprint|hash ?tag|transposed|"
            r"capital (?:letter|[a-z])|missing (?:an?|its|the|one) [a-z]|an? [a-z](?:'s)? missing|lowercase|"
            r"you're not your|their not there|double (?:dot|comma|space)",
            1.3,
        ),
        (
            r"it says .+ (?:should|not|but|instead)|says .+ (?:should be|should say|instead of|but it)|"
            r"should (?:say|read|be spelled|be written)|reads .+ (?:should|instead)|it's .+ not .+ on the|"
            r"written|(?:caption|subtitle|captions|subtitles|title|card|slide|text|lower third|credits?|"
            r"banner|graphic|screen)s? (?:say|says|reads|read|said)|instead of (?:the )?word|"
            r"should be \w+ not \w+|should be \w+ instead of",
            0.9,
        ),
        (
            r"(?:name|surname|year|date|url|number|word|title|job title)(?= (?:is|are|on|in|under) .*wrong)|"
            r"wrong on the (?:card|slide|screen|title|graphic|lower third)|digit|digits",
            0.6,
        ),
    ),
    Category.PRAISE: (
        (
            r"love(?:ly|d| what| every| it| this| that| the| how)?|gorgeous|beautiful\w*|amazing|awesome|"
            r"brilliant\w*|fantastic|perfect(?:ly)?|stunning|nailed|great (?:job|work|shot|cut|choice|stuff|"
            r"transition|pace|energy|opening|sound|line|use|take|moment|idea|touch|ending|intro|music|"
            r"framing)|nice (?:job|work|shot|cut|touch|choice|one|transition|framing|use|pace|edit|opening|"
            r"detail|move|save)|well (?:done|played|cut|edited|paced|shot|written)|good (?:job|work|stuff|"
            r"call|choice)|spot on|chef's kiss|hilarious|favou?rite|goosebumps|chills|incredible|superb|"
            r"excellent|wonderful\w*|so good|really good|super (?:clean|slick|smooth|nice)|kudos|don't touch|"
            r"don't change (?:a|any)\w*|works (?:so|really|super|very|beautifully|great) ?\w*|impressive|"
            r"delightful|magic|magical|terrific|outstanding|happy with|thumbs up|hats off|made me (?:laugh|"
            r"smile|cry|tear)|cracked me up|bravo|big improvement|much better|way better|so much better",
            1.3,
        ),
        (
            r"great|nice(?:ly)?|cool|works well|good|enjoy\w*|clever|funny|smooth(?:ly)?|satisfying|pleased|" r"strong",
            0.5,
        ),
    ),
    Category.CONTENT: (
        (
            r"mention\w*|explain\w*|explanation|claims?|accurate|inaccurate|factual\w*|facts?|script\w*|"
            r"story\w*|call to action|disclaimers?|sponsors?|testimonials?|legal|misleading|wrong take|"
            r"other take|better take|alternate take|takes?|context|introduce\w*|narrative|hook|outdated|"
            r"out of date|out of order|confus\w+|interview question|acronym\w*|means?(?: that)?|meaning|"
            r"understand\w*|ending|clearance|permission|consent|chapter|"
            r"message|b roll|statistics?|stats?|contradict\w*|script|joke|offensive|steps?|leave out|"
            r"we never (?:see|say|hear|show|explain|learn)|viewers?|audience|subscribe|website|price|pricing|"
            r"product name|competitor\w*|brand name|reshoot|reorder",
            0.8,
        ),
        (
            r"say|says|saying|said|tell|talk\w*|line|section|example|point|missing|include|move .+ (?:before|"
            r"after)|before|after|order|show|shows|link|footage|demo|wrong|scene|part|quote\w*|number|remove|"
            r"swap",
            0.3,
        ),
    ),
    Category.OTHER: (
        (
            r"exports?|re ?export|render\w*|upload\w*|files?|file ?name|project file|hard drives?|translat\w+|"
            r"reshare|reviewers?|trade show|folder|deadline|meeting|schedule\w*|budget|invoice|email(?: me|"
            r" him| her| them)?|friday|monday|tuesday|wednesday|thursday|tomorrow|next week|deliver\w*|"
            r"version for|backups?|back up|thumbnails?|playlist|remind(?: me)?|remember to|social(?: cut|"
            r" version)?|vertical (?:version|cut)|codec|bitrate|prores|mp4|call me|slack|ask (?:the|him|her)|"
            r"check with|double check|sign ?off|archive",
            0.9,
        ),
        (r"later|everywhere|whole video|entire video|again|version|client|team", 0.25),
    ),
}
_COMPILED = {
    category: tuple((re.compile(rf"\b(?:{pattern})(?=$|\b)"), weight) for pattern, weight in families)
    for category, families in _WORDS.items()
}
MOST_WORDS = 2.0  # what one category can get from its words at most

_ASKS = re.compile(
    r"^(?:(?:um|uh|so|and|but|wait|hey|hmm|also|okay|oh|sorry|just|quick question|question|"
    r"one question|i'm wondering|honestly|actually|now|well|at the end|here|maybe) )*"
    r"(?:why\b|who(?:'s|se)?\b|where(?:'s| is| was| did| are| do)\b|when(?:'s| is| was| did| does| do|"
    r" are)\b|what (?:\S+ )?(?:will|should|would)\b|what(?:'s|'re| is| are| was| happened| does| do|"
    r" did| about| kind| if| on earth)\b|which\b|how (?:come|long|many|much|did|do|does|is|are|was|"
    r"old|far|often|sure)\b|"
    r"(?:do|have|had) (?:we|you|they|i|these|those|people|viewers|our)\b|(?:does|did|is|are|was|were|"
    r"has|isn't|aren't|wasn't|weren't|doesn't|don't (?:we|you|they|i)|didn't|haven't|hasn't|shouldn't|"
    r"should|am|will) (?!not\b)(?:\S+)\b|"
    r"(?:can|could|would|may|might) (?:this|that|it|they|he|she|anyone|anybody|someone|people|viewers|"
    r"the (?:client|audience|viewers?))\b|(?:can|are|were) we (?:sure|allowed|certain|legally|even|"
    r"use|show|say)\b|"
    r"(?:any (?:idea|reason|chance)|not sure (?:if|why|whether|what|who)|i wonder|i'm (?:not sure|"
    r"wondering|curious)|wondering|does anyone|do we|is there|are there)\b)"
)
_STRONG_PRAISE = re.compile(
    r"\b(?:love|loved|adore|gorgeous|beautiful\w*|amazing|awesome|brilliant\w*|fantastic|"
    r"perfect(?:ly)?|stunning|nailed|"
    r"breathtaking|charming|superb|excellent|wonderful\w*|hilarious|incredible|magical|touching|"
    r"well done|great (?:job|work)|"
    r"so (?:good|strong|nice|funny|cool)|nice (?:job|work|touch)|spot on|top notch|slick|excellent|"
    r"delightful|terrific)\b"
)
_COMPLAINS = re.compile(
    r"\b(?:but|except|too|not|isn't|doesn't|don't (?!change|touch)|should|needs?|fix|can we|could|"
    r"can you|please|would|if|remove|"
    r"cut (?:it|this|that)|trim|lower|make|more|less|wrong|missing|instead|bury|buries|drowns?|ruins?|"
    r"until|maybe|without)\b"
)
_REQUEST = re.compile(
    r"^(?:\w+ ){0,3}?(?:can|could|would|will) (?:we|you|someone|the editor)\b(?! (?:be sure|even|legally|really say))"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen category and by how much it beat the next one (0 to about 1)."""

    category: Category
    margin: float


def by_words(text: str) -> dict[Category, float]:
    """What the words of the trade in ``text`` speak for; 0 where they say nothing."""
    spoken = plain(text)
    scores: dict[Category, float] = {}
    for category, families in _COMPILED.items():
        score = 0.0
        for pattern, weight in families:
            hits = len({found.group() for found in pattern.finditer(spoken)})
            score += weight * min(hits, 3) ** 0.5
        scores[category] = min(score, MOST_WORDS)
    scores[Category.QUESTION] = 0.0
    return scores


def praises(text: str) -> bool:
    """Whether ``text`` has a word of strong praise and nothing that asks for a change or complains."""
    spoken = plain(text)
    return _STRONG_PRAISE.search(spoken) is not None and _COMPLAINS.search(spoken) is None


def is_asked(text: str) -> bool:
    """Whether ``text`` asks somebody for an answer; a request put as a question ("can we trim it") does not."""
    spoken = plain(text)
    if _REQUEST.match(spoken):
        return False
    return _ASKS.match(spoken) is not None


def choose(text: str, likeness: dict[Category, float], *, word_weight: float = 0.15) -> Choice:
    """The category of the note ``text`` given its ``likeness`` to the notes of each category."""
    words = by_words(text)
    scores = {category: likeness.get(category, 0.0) + word_weight * words[category] for category in Category}
    if praises(text):
        scores[Category.PRAISE] += 0.3
    if is_asked(text):
        scores[Category.QUESTION] += 0.6
    ranked = sorted(scores, key=scores.__getitem__, reverse=True)
    return Choice(ranked[0], scores[ranked[0]] - scores[ranked[1]])
