import { Camera as CameraIcon } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { Modal } from "../ui/Modal";
import { Spinner } from "../ui/Spinner";
import { cameraProblem } from "./cameraProblem";
import { canvasOf } from "./pixels";

/** Takes a picture with the camera; where the browser gives none, it says why. */
export function Camera({ onTaken, onClose }: { onTaken: (file: Blob) => void; onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<"asking" | "ready" | string>("asking");

  useEffect(() => {
    let stream: MediaStream | null = null;
    let closed = false;
    open()
      .then((opened) => {
        stream = opened;
        if (closed) return stop(opened);
        video.current!.srcObject = opened;
        setState("ready");
      })
      .catch((error) => setState(cameraProblem(error)));
    return () => {
      closed = true;
      if (stream) stop(stream);
    };
  }, []);

  const take = () => {
    const { videoWidth, videoHeight } = video.current!;
    const [canvas, context] = canvasOf(videoWidth, videoHeight);
    context.drawImage(video.current!, 0, 0);
    canvas.toBlob((blob) => blob && onTaken(blob), "image/jpeg", 0.95);
  };

  return (
    <Modal open title="Camera" onClose={onClose}>
      <div className="stack">
        {state === "asking" && <Spinner label="The browser asks whether the page may use the camera" />}
        {state !== "asking" && state !== "ready" && (
          <p role="alert" className="note note-bad">
            {state}
          </p>
        )}
        <video ref={video} className="camera" hidden={state !== "ready"} autoPlay playsInline muted />
        <Button look="primary" onClick={take} disabled={state !== "ready"}>
          <CameraIcon size={18} aria-hidden /> Take the picture
        </Button>
      </div>
    </Modal>
  );
}

async function open(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "SecurityError");
  return navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
