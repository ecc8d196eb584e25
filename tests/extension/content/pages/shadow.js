// A player that hides its video in an open shadow root, as players made of custom elements do.

const video = Object.assign(document.createElement("video"), {
  src: "/film.webm",
  width: 640,
  height: 360,
  muted: true,
});
document.getElementById("hiding").attachShadow({ mode: "open" }).append(video);
