import type { Grey } from "./drawing";
import type { Picture } from "./input";

const AS_IT_IS = 1_000_000; // bytes of a PNG that is sent untouched
const LONGEST = 1024; // pixels of a photograph's longer side: models see far fewer

/** A canvas with a picture of any source. */
export function canvasOf(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return [canvas, canvas.getContext("2d", { willReadFrequently: true })!];
}

/** Grey pixels as a PNG. */
export function pngOf(grey: Grey): Picture {
  const [canvas, context] = canvasOf(grey.width, grey.height);
  context.putImageData(imageDataOf(grey), 0, 0);
  return { b64: base64Of(canvas.toDataURL("image/png")) };
}

/** Grey pixels for a canvas. */
export function imageDataOf({ width, height, pixels }: Grey): ImageData {
  const data = new ImageData(width, height);
  pixels.forEach((value, index) => data.data.set([value, value, value, 255], index * 4));
  return data;
}

/** The pixels of a picture, made grey as ITU-R BT.601 weighs colours. */
export async function greyOf(picture: Picture | Blob, longest = LONGEST): Promise<Grey> {
  const bitmap = await createImageBitmap(picture instanceof Blob ? picture : blobOf(picture));
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const [canvas, context] = canvasOf(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  context.fillStyle = "white"; // what is transparent is paper
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint8ClampedArray(canvas.width * canvas.height);
  pixels.forEach((_, index) => {
    pixels[index] = 0.299 * data[4 * index]! + 0.587 * data[4 * index + 1]! + 0.114 * data[4 * index + 2]!;
  });
  return { width: canvas.width, height: canvas.height, pixels };
}

/** A file as PNG or JPEG, upright, on white, of a size that travels fast. Raises Error for what is no picture. */
export async function pictureOfFile(file: Blob): Promise<Picture> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(
      "This file is not a picture that the browser can read; a PNG, JPEG, WEBP, BMP or GIF is.",
    );
  });
  const longest = Math.max(bitmap.width, bitmap.height);
  if (file.type === "image/png" && file.size <= AS_IT_IS && longest <= LONGEST) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return { b64: btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), "")) };
  }
  // A photograph says in its header how to turn it: drawing turns it.
  const scale = Math.min(1, LONGEST / longest);
  const [canvas, context] = canvasOf(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  context.fillStyle = "white"; // a JPEG would have black where the file is transparent; the gateway lays it on white
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return {
    b64: base64Of(longest <= 256 ? canvas.toDataURL("image/png") : canvas.toDataURL("image/jpeg", 0.95)),
  };
}

/** A picture's file. */
export function blobOf({ b64 }: Picture): Blob {
  return new Blob([Uint8Array.from(atob(b64), (letter) => letter.charCodeAt(0))]);
}

function base64Of(dataUrl: string): string {
  return dataUrl.slice(dataUrl.indexOf(",") + 1);
}
