// The camera, and reading QR codes from it: the browser's own detector, else zxing in wasm.

const VENDOR = "/static/vendor/zxing/";
const EVERY = 120; // ms between looks: a decode takes about 20
const WIDEST = 960;
const GONE_AFTER = 1500; // ms out of sight before the same code counts as shown again

async function nativeReader(video) {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async () => (await detector.detect(video)).map((found) => found.rawValue);
}

function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => reject(new Error("The code reader could not be loaded."));
    document.head.append(script);
  });
}

async function wasmReader(video) {
  if (!("ZXingWASM" in window)) await load(`${VENDOR}index.js`);
  ZXingWASM.prepareZXingModule({ overrides: { locateFile: (file) => VENDOR + file } });
  const canvas = document.createElement("canvas");
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  return async () => {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    paper.drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = paper.getImageData(0, 0, canvas.width, canvas.height);
    const options = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 4 };
    return (await ZXingWASM.readBarcodes(picture, options)).map((found) => found.text);
  };
}

function reason(error) {
  if (error.name === "NotAllowedError") {
    return "The camera is not allowed here. Allow it in the browser’s settings, or type the number.";
  }
  if (error.name === "NotFoundError") return "No camera was found. Type the number instead.";
  if (error.name === "NotReadableError") return "Another app is using the camera. Close it and try again.";
  return `${error.message} Type the number instead.`;
}

/** `onText(text)` is called once per code that comes into view; `onState({on, text, torch})`. */
export function createCamera(video, { onText, onState }) {
  let stream = null;
  let read = null;
  let timer = null;
  let paused = false;
  let seen = { text: null, at: 0 };

  async function look() {
    timer = null;
    if (!stream) return;
    try {
      if (video.videoWidth) report(await read());
    } catch {
      // A frame that cannot be read is like one without a code: the next one comes.
    }
    if (stream) timer = setTimeout(look, EVERY);
  }

  function report(texts) {
    const text = texts.find((found) => found.startsWith("EP1:")) ?? texts[0];
    const now = performance.now();
    if (!text) return;
    const stillThere = text === seen.text && now - seen.at < GONE_AFTER;
    if (stillThere || !paused) seen = { text, at: now };
    if (!stillThere && !paused) onText(text);
  }

  async function start() {
    onState({ on: false, text: "Starting the camera…" });
    try {
      if (!navigator.mediaDevices) throw new Error("The camera needs a page over https.");
      const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      video.srcObject = stream;
      await video.play();
      read = (await nativeReader(video)) || (await wasmReader(video));
    } catch (error) {
      stop(reason(error));
      return;
    }
    navigator.wakeLock?.request("screen").catch(() => {});
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => stop("The camera has stopped."));
    const torch = Boolean(track.getCapabilities?.().torch);
    onState({ on: true, text: "Hold the code in front of the camera.", torch });
    look();
  }

  function stop(text = "The camera is off.") {
    clearTimeout(timer);
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    onState({ on: false, text, torch: false });
  }

  return {
    start,
    stop,
    isOn: () => stream !== null,
    pause: () => { paused = true; },
    resume: () => { paused = false; },
    /** Take the code that is in view for a new one. */
    forget: () => { seen = { text: null, at: 0 }; },
    light: (on) => stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] }),
  };
}
