// The sound that is sent: PCM16, mono, 16 kHz, in frames of 20 ms.

export const SAMPLE_RATE = 16_000; // samples a second
export const SAMPLES_PER_MS = 16;
export const FRAME_SAMPLES = 320;
