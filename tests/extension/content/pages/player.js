// A page with its own player, shortcuts and clicks, which it counts: nothing of them may be taken from it.

const player = document.getElementById("player");
window.clicks = 0;
window.keys = [];
document.addEventListener("click", () => {
  window.clicks += 1;
});
document.addEventListener("keydown", (event) => window.keys.push(event.key), { capture: true });
document.getElementById("whole").addEventListener("click", () => player.requestFullscreen());
document.getElementById("bare").addEventListener("click", () => player.querySelector("video").requestFullscreen());
