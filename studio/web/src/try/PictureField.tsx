import { Camera as CameraIcon, ImageUp, Sparkles } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import type { Message } from "../api/client";
import { Button } from "../ui/Button";
import { useDrop } from "../ui/useDrop";
import { Camera } from "./Camera";
import { DrawPad } from "./DrawPad";
import { isSign, pictureOf, type Stroke, styleOf } from "./drawing";
import type { Picture } from "./input";
import { greyOf, pictureOfFile, pngOf } from "./pixels";
import { Seen } from "./Seen";
import { signOf } from "./sign";

/** A picture: drawn where the model reads drawn signs, and always uploaded, pasted, dropped or taken with the camera. */
export function PictureField({
  field,
  whiteOnBlack,
  value,
  example,
  error,
  onChange,
}: {
  field: Message["FormField"];
  whiteOnBlack: boolean;
  value: Picture | null;
  example: Picture | null;
  error?: string;
  onChange: (picture: Picture | null) => void;
}) {
  const [strokes, setStrokes] = useState<Stroke[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const drawn = isSign(field);
  const style = styleOf({ width: field.width ?? 28, height: field.height ?? 28, whiteOnBlack });

  const draw = (next: Stroke[]) => {
    setStrokes(next);
    setProblem(null);
    onChange(next.length > 0 ? pngOf(pictureOf(next, style)) : null);
  };
  const take = (picture: Picture | null) => {
    setStrokes([]);
    setProblem(null);
    onChange(picture);
  };
  const upload = (file: Blob) => {
    const read = drawn ? greyOf(file).then((grey) => pngOf(signOf(grey, style))) : pictureOfFile(file);
    read.then(take, (found: unknown) =>
      setProblem(
        drawn || !(found instanceof Error)
          ? "This file is not a picture that the browser can read."
          : found.message,
      ),
    );
  };
  const seen = `What the model sees: ${field.width} × ${field.height} pixels${value ? "" : ", nothing yet"}`;
  return (
    <fieldset className="picture">
      <legend>{field.name}</legend>
      {drawn && <DrawPad strokes={strokes} dark={whiteOnBlack} onChange={draw} />}
      <div className="picture-side">
        <figure className="picture-seen">
          <Seen field={field} picture={value} label={seen} />
          <figcaption className="field-help">
            The model sees {field.width} × {field.height} {field.channels === 1 ? "grey" : "coloured"} pixels
          </figcaption>
        </figure>
        <Sources
          onFile={upload}
          drop={drawn ? "or drop a picture here" : "Drop a picture here, or paste one"}
          onExample={example && (() => take(example))}
        />
      </div>
      {(problem ?? error) && (
        <p role="alert" className="field-error">
          {problem ?? error}
        </p>
      )}
    </fieldset>
  );
}

function Sources({
  onFile,
  onExample,
  drop,
}: {
  onFile: (file: Blob) => void;
  onExample: (() => void) | null;
  drop: string;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [camera, setCamera] = useState(false);
  usePaste(onFile);

  const dropping = useDrop(onFile);
  // A page that is not at https:// gets no camera of its own; a phone's file dialog has one all the same.
  const capture = !navigator.mediaDevices && matchMedia("(pointer: coarse)").matches;
  return (
    <div className="drop" {...dropping}>
      <input
        ref={input}
        id={id}
        className="visually-hidden"
        type="file"
        accept="image/*"
        capture={capture ? "environment" : undefined}
        aria-label="Choose a picture"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          event.target.value = "";
        }}
      />
      <div className="row">
        <Button onClick={() => input.current!.click()}>
          <ImageUp size={16} aria-hidden /> Upload
        </Button>
        <Button onClick={() => (capture ? input.current!.click() : setCamera(true))}>
          <CameraIcon size={16} aria-hidden /> Camera
        </Button>
        {onExample && (
          <Button onClick={onExample}>
            <Sparkles size={16} aria-hidden /> Use the example
          </Button>
        )}
      </div>
      <span className="field-help">{drop}</span>
      {camera && (
        <Camera
          onClose={() => setCamera(false)}
          onTaken={(file) => {
            setCamera(false);
            onFile(file);
          }}
        />
      )}
    </div>
  );
}

/** Pictures that are pasted anywhere on the page. */
function usePaste(onFile: (file: Blob) => void): void {
  const latest = useRef(onFile);
  useEffect(() => {
    latest.current = onFile;
  });
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
      if (file) latest.current(file);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, []);
}
