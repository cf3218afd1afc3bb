// Sound and vibration. Browsers allow sound only after a touch, so the first one wakes it.

const MUTED = "door.muted";
const TONES = {
  go: [[660, 0, 0.09], [990, 0.09, 0.16]],
  hold: [[520, 0, 0.14], [520, 0.2, 0.14]],
  stop: [[180, 0, 0.22], [140, 0.26, 0.34]],
};
const SHAKES = { go: [60], hold: [80, 80, 80], stop: [250, 90, 250] };

let context = null;

export const isMuted = () => localStorage.getItem(MUTED) === "yes";
export const setMuted = (muted) => localStorage.setItem(MUTED, muted ? "yes" : "no");

export function wake() {
  if (!("AudioContext" in window)) return;
  context = context || new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
}

export function signal(tone) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(SHAKES[tone]);
  if (isMuted() || !context || context.state !== "running") return;
  for (const [pitch, start, length] of TONES[tone]) {
    const at = context.currentTime + start;
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    oscillator.type = tone === "stop" ? "square" : "sine";
    oscillator.frequency.value = pitch;
    volume.gain.setValueAtTime(0.25, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + length);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + length);
  }
}
