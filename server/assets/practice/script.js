// The practice page: plays, takes comments, shows them in the order of the video. Talks to this server alone.

const COMMENTS = "/practice/comments";
const ANSWER_LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 4_000; // what was posted from elsewhere appears here by itself
const LONGEST = 500; // characters; the server counts them in the same way

const byId = (id) => document.getElementById(id);
const player = byId("player");
const box = byId("comment-text");
const list = byId("comments");
const author = ownNumber();

let posting = false;
let pausedHere = false; // by writing: posting lets the video go on
let waitingSeek = null; // seconds, until the video can be put there
let loading = false;
let placed = 0; // comments of this page: a list that was asked for before one of them may lack it

// ---- Time in the video

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function nowAt() {
  return waitingSeek ?? player.currentTime;
}

function seek(seconds) {
  const ready = player.readyState !== HTMLMediaElement.HAVE_NOTHING;
  waitingSeek = ready ? null : seconds; // ready before "loadedmetadata" is told: an older wish must not come after
  if (ready) player.currentTime = Math.min(seconds, player.duration);
  showTime();
}

function showTime() {
  byId("comment-time").textContent = `at ${clock(nowAt())}`;
}

// ---- Who writes

/** 32 hexadecimal digits that this browser made once. The server keeps a hash of them. */
function ownNumber() {
  const key = "sidenote-practice-author";
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const made = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    const kept = localStorage.getItem(key);
    if (/^[0-9a-f]{32}$/.test(kept ?? "")) return kept;
    localStorage.setItem(key, made);
  } catch {
    // Storage is off here: the number lasts as long as the page.
  }
  return made;
}

// ---- The server

/** Nobody knows whether the server did what it was asked. */
class Unsure extends Error {}

/** What the server answers. Throws an Error whose message is for the person. */
async function ask(options = {}) {
  let answer;
  try {
    // Not mode "same-origin": together with the referrer policy it would send "Origin: null".
    answer = await fetch(COMMENTS, {
      ...options,
      headers: { "X-Author": author, ...options.headers },
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
  } catch {
    throw new Unsure("The server did not answer. Check that it runs.");
  }
  const body = await answer.json().catch(() => null);
  if (!body) throw new Unsure(`The server's answer can't be read (${answer.status}). Its log may say more.`);
  if (answer.ok) return body;
  throw body.reason === "unavailable" ? new Unsure(body.message) : new Error(body.message);
}

async function load() {
  if (loading) return;
  loading = true;
  try {
    let before, answer;
    do {
      before = placed;
      answer = await ask();
    } while (placed !== before);
    say("list-problem", "");
    take(answer.comments);
  } catch (error) {
    say("list-problem", `The comments can't be loaded: they are tried again. ${error.message}`);
  } finally {
    loading = false;
  }
}

/** Show the server's list; what is new in it is announced, but for the first time. */
function take(comments) {
  const known = articles();
  show(comments);
  if (list.dataset.loaded === "false") {
    list.dataset.loaded = "true";
    markAddressed();
    return;
  }
  const fresh = comments.filter((comment) => !known.has(comment.id)).length;
  if (fresh) say("announcement", fresh === 1 ? "A new comment appeared." : `${fresh} new comments appeared.`);
}

async function post(event) {
  event.preventDefault();
  if (posting || !box.value.trim()) return;
  posting = true;
  showButton();
  say("comment-error", "");
  const comment = { text: box.value, at_s: nowAt() };
  try {
    const headers = { "Content-Type": "application/json" };
    const kept = await ask({ method: "POST", headers, body: JSON.stringify(comment) });
    placed += 1;
    place(kept);
    showCount();
    say("announcement", `Your comment was posted at ${clock(kept.at_s)}.`);
    if (box.value === comment.text) box.value = ""; // what was written meanwhile stays
    if (pausedHere) player.play().catch(() => {});
    pausedHere = false;
  } catch (error) {
    const unsure = error instanceof Unsure;
    const lead = unsure ? "It may have been posted: look at the comments before you post it again." : "Not posted.";
    say("comment-error", `${lead} ${error.message}`);
    if (unsure) load();
  } finally {
    posting = false;
    showButton();
  }
}

// ---- The thread

function articles() {
  return new Map(Array.from(list.children, (article) => [article.dataset.commentId, article]));
}

/** Bring the thread to what the server has; what stays is not drawn again, so that it keeps its focus. */
function show(comments) {
  const wanted = new Set(comments.map((comment) => comment.id));
  for (const [id, article] of articles()) if (!wanted.has(id)) article.remove();
  const there = articles();
  for (const comment of comments) if (!there.has(comment.id)) place(comment);
  showCount();
}

/** Put a comment where it belongs: by time in the video, then by age. */
function place(comment) {
  if (articles().has(comment.id)) return;
  const made = drawn(comment);
  const before = (a, b) => a.at - b.at || a.created.localeCompare(b.created) || a.commentId.localeCompare(b.commentId);
  const next = Array.from(list.children).find((article) => before(made.dataset, article.dataset) < 0);
  list.insertBefore(made, next ?? null);
}

function drawn(comment) {
  const article = element("article", "comment");
  article.dataset.commentId = comment.id;
  article.dataset.own = String(comment.own);
  article.dataset.at = String(comment.at_s);
  article.dataset.created = comment.created_at;
  article.tabIndex = -1;

  const jump = element("button", "seek", clock(comment.at_s));
  jump.type = "button";
  jump.setAttribute("aria-label", `Go to ${clock(comment.at_s)}`);
  jump.addEventListener("click", () => seek(comment.at_s));

  const written = new Date(comment.created_at);
  const short = { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" };
  const time = element("time", "", written.toLocaleString([], short));
  time.dateTime = comment.created_at;
  time.title = written.toLocaleString();

  const link = element("a", "permalink", "link");
  link.href = comment.permalink;
  link.setAttribute("aria-label", `Link to this comment at ${clock(comment.at_s)}`);
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault(); // no reload: it would take away what is being written
    history.pushState(null, "", link.href);
    followAddress();
  });

  const about = element("div", "about");
  about.append(jump, ...(comment.own ? [element("span", "", "you")] : []), time, link);
  article.append(about, element("p", "comment-text", comment.text));
  return article;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

// ---- What the address asks for

function followAddress() {
  const second = new URLSearchParams(location.search).get("t");
  const sound = /^\d{1,6}(\.\d+)?$/.test(second ?? "0");
  say("notice", sound ? "" : "The address names no second of the video, so it starts at the beginning.");
  if (second !== null && sound) seek(Number(second));
  if (list.dataset.loaded === "true") markAddressed();
}

/** Go to the comment that the address names and let it stand out. */
function markAddressed() {
  for (const article of list.children) article.removeAttribute("aria-current");
  const id = new URLSearchParams(location.search).get("comment");
  if (id === null) return;
  const article = articles().get(id);
  if (!article) {
    say("notice", "The comment of this address is not here. It may be on another machine, or deleted.");
    return;
  }
  seek(Number(article.dataset.at));
  article.setAttribute("aria-current", "true");
  article.focus({ preventScroll: true });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  article.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
}

// ---- What is shown

function say(id, words) {
  if (byId(id).textContent !== words) byId(id).textContent = words; // said once, not at every look
}

function showButton() {
  const length = [...box.value.trim()].length;
  byId("comment-post").disabled = posting || length === 0;
  say("comment-count", length > LONGEST - 100 ? `${length} of ${LONGEST} characters` : "");
}

function showCount() {
  const count = list.children.length;
  say("comments-count", count ? String(count) : "");
  byId("empty").hidden = count > 0;
}

// ---- From here on it runs

for (const name of ["timeupdate", "seeking", "loadedmetadata"]) player.addEventListener(name, showTime);
player.addEventListener("loadedmetadata", () => {
  const seconds = waitingSeek;
  waitingSeek = null;
  if (seconds !== null) seek(seconds);
});
player.addEventListener("play", () => {
  pausedHere = false;
});
player.addEventListener("error", () => say("notice", "The video can't be played here. Comments work all the same."));

box.addEventListener("input", () => {
  if (box.value.trim() && !player.paused) {
    player.pause(); // the comment belongs to the moment at which it was begun
    pausedHere = true;
  }
  showButton();
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("comment-form").requestSubmit();
});
byId("comment-form").addEventListener("submit", post);
addEventListener("popstate", followAddress);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) load();
});

followAddress();
showTime();
showButton();
load();
setInterval(() => {
  if (!document.hidden) load();
}, LOOK_AGAIN_MS);
