// The name under which the worklet is registered: shared by the page and the audio thread.

export const WORKLET_NAME = "sidenote-frames";
