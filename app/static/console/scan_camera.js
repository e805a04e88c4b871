// Reading codes with the camera: by the browser's own detector where it has one, by jsQR where not.
"use strict";
window.scanCamera = (() => {
  const EVERY_MS = 120, WIDEST = 1280;
  let stream = null, timer = null;
  const WHY = { NotAllowedError: "没有得到使用相机的许可。", NotFoundError: "这台设备没有相机。",
    NotReadableError: "相机正被别的应用占用，请关闭它再试。", OverconstrainedError: "这台设备没有合适的相机。" };
  const drawing = document.createElement("canvas");

  const detector = async () => {
    const formats = window.BarcodeDetector ? await BarcodeDetector.getSupportedFormats().catch(() => []) : [];
    return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  };
  const byOurselves = (video) => {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    drawing.width = Math.round(video.videoWidth * scale);
    drawing.height = Math.round(video.videoHeight * scale);
    const pen = drawing.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0, drawing.width, drawing.height);
    const seen = pen.getImageData(0, 0, drawing.width, drawing.height);
    return jsQR(seen.data, seen.width, seen.height, { inversionAttempts: "dontInvert" })?.data;
  };
  const stop = () => {
    clearTimeout(timer);
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
  };

  return {
    possible: () => Boolean(navigator.mediaDevices?.getUserMedia),
    stop,
    // Calls `found(text)` once and stops; `failed(words)` where there is no camera to be had.
    start: async (video, found, failed) => {
      stop();
      try {
        stream = await navigator.mediaDevices.getUserMedia({
          video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false });
        video.srcObject = stream;
        await video.play();
      } catch (wrong) {
        stop();
        failed(WHY[wrong.name] ?? "请检查相机后再试。");
        return;
      }
      const mine = stream, own = await detector();
      const look = async () => {
        if (stream !== mine) return;
        let text = null;
        if (video.videoWidth) {
          try { text = own ? (await own.detect(video))[0]?.rawValue : byOurselves(video); } catch { text = null; }
        }
        if (stream !== mine) return;
        if (text) { stop(); found(text); } else timer = setTimeout(look, EVERY_MS);
      };
      look();
    },
  };
})();
