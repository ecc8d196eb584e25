// What the look-alikes share: how a page shows comments, sends one, and what it says when the site refuses.
const me = "me";
const element = html => Object.assign(document.createElement("template"), { innerHTML: html.trim() }).content.firstChild;
const escaped = text => text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);
const overlay = html => document.body.append(element(html));

// The n-th of an element's names that is still in use; beyond them it has none that a recipe knows.
const named = (...names) => names[scenario.moved] ?? 'data-moved="1"';

const watchBox = (box, read, write) => {
  box.addEventListener("input", () => {
    const rewrite = () => {
      window.rewritten = read().includes("@ada");
      if (window.rewritten) write(read().replace("@ada", "Ada Lovelace "));
    };
    if (scenario.rewrites === "at once") rewrite();
    if (scenario.rewrites === "late") setTimeout(rewrite, 150);
  });
  // As chat boxes do: the key sends, whatever the writer meant.
  box.addEventListener("keydown", event => event.key === "Enter" && document.querySelector("[data-send]").click());
};

const send = async (url, body, draw, say) => {
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    if (scenario.draws && !scenario.held) draw({ id: "Ugx0001", text: body.text ?? body.commentText, author: me });
    return;
  }
  if (answer.status === 429) return say("You wrote too many comments. Try again later.");
  if (!answer.ok) return say("Something went wrong: the comment failed to post, could not be sent.");
  if (scenario.answer === "refused") return say("Something went wrong: error.");
  if (scenario.draws && !scenario.held) draw(await answer.json(), body);
};

const list = async (url, options) => (await (await fetch(url, options)).json());

addEventListener("DOMContentLoaded", () => {
  if (scenario.captcha) overlay('<form id="captcha-form"><p>Are you a robot?</p><input></form>');
});
