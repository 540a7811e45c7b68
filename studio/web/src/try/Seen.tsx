import { useEffect, useRef } from "react";
import type { Message } from "../api/client";
import { heatPixels } from "./attribution";
import type { Picture } from "./input";
import { blobOf } from "./pixels";

/** The picture in the size in which the model sees it, enlarged; over it, where it is given, a heat map. */
export function Seen({
  field,
  picture,
  heat,
  label,
}: {
  field: Message["FormField"];
  picture: Picture | null;
  heat?: number[][];
  label: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, height] = [field.width ?? 64, field.height ?? 64];
  useEffect(() => {
    const context = canvas.current!.getContext("2d");
    if (!context) return;
    if (!picture) return context.clearRect(0, 0, width, height);
    let current = true;
    createImageBitmap(blobOf(picture)).then(
      (bitmap) => {
        if (!current) return;
        context.imageSmoothingQuality = "high";
        context.filter = field.channels === 1 ? "grayscale(1)" : "none";
        context.drawImage(bitmap, 0, 0, width, height);
        if (heat) light(context, heat);
      },
      () => context.clearRect(0, 0, width, height),
    );
    return () => {
      current = false;
    };
  }, [picture, heat, width, height, field.channels]);
  return (
    <canvas
      ref={canvas}
      className="seen"
      width={width}
      height={height}
      role="img"
      aria-label={label}
      style={{ aspectRatio: `${width} / ${height}` }}
    />
  );
}

function light(context: CanvasRenderingContext2D, heat: number[][]): void {
  const { width, height, pixels } = heatPixels(heat);
  const layer = new OffscreenCanvas(width, height);
  const data = new ImageData(width, height);
  data.data.set(pixels);
  layer.getContext("2d")!.putImageData(data, 0, 0);
  context.filter = "none";
  context.drawImage(layer, 0, 0, context.canvas.width, context.canvas.height);
}
