import { Eraser, Undo2 } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { type Point, type Stroke } from "./drawing";

const SIDE = 280; // the drawing field's own pixels, whatever its size on the screen
const STEP = 10; // of the pen that the arrow keys move
const PEN = 20;

/** A field to draw on with mouse, finger, pen or keys; `onChange` gets the strokes as they grow. */
export function DrawPad({
  strokes,
  dark,
  onChange,
}: {
  strokes: Stroke[];
  dark: boolean;
  onChange: (strokes: Stroke[]) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawing = useRef(false);
  const [pen, setPen] = useState<{ at: Point; down: boolean } | null>(null);

  useEffect(() => paint(canvas.current!, strokes, dark, pen), [strokes, dark, pen]);

  const at = (event: { clientX: number; clientY: number }): Point => {
    const box = canvas.current!.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * SIDE,
      y: ((event.clientY - box.top) / box.height) * SIDE,
    };
  };
  const longer = (points: Point[]) => {
    const last = strokes.at(-1) ?? [];
    onChange([...strokes.slice(0, -1), [...last, ...points]]);
  };
  const begin = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.current!.focus({ preventScroll: true });
    canvas.current!.setPointerCapture(event.pointerId);
    drawing.current = true;
    setPen(null);
    onChange([...strokes, [at(event)]]);
  };
  const move = (event: PointerEvent) => {
    if (!drawing.current) return;
    const events = event.nativeEvent.getCoalescedEvents?.() ?? [];
    longer((events.length > 0 ? events : [event.nativeEvent]).map(at));
  };
  const end = () => {
    drawing.current = false;
  };
  const press = (event: KeyboardEvent) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) {
      const from = pen ?? { at: { x: SIDE / 2, y: SIDE / 4 }, down: false };
      const [x, y] = way as [number, number];
      const to = { x: within(from.at.x + x * STEP), y: within(from.at.y + y * STEP) };
      setPen({ ...from, at: to });
      if (from.down) longer([to]);
    } else if (event.key === " ") {
      const from = pen ?? { at: { x: SIDE / 2, y: SIDE / 4 }, down: false };
      setPen({ ...from, down: !from.down });
      if (!from.down) onChange([...strokes, [from.at]]);
    } else if (event.key === "Backspace" || event.key === "Delete") onChange([]);
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) onChange(strokes.slice(0, -1));
    else return;
    event.preventDefault();
  };

  return (
    <div className="pad">
      <canvas
        ref={canvas}
        className="pad-canvas"
        width={SIDE * 2}
        height={SIDE * 2}
        tabIndex={0}
        aria-label="Draw here"
        aria-describedby="pad-help"
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
        onKeyDown={press}
        onBlur={() => setPen(null)}
      />
      {strokes.length === 0 && !pen && (
        <span className="pad-hint" data-dark={dark} aria-hidden>
          Draw here
        </span>
      )}
      <div className="row">
        <Button onClick={() => onChange([])} disabled={strokes.length === 0}>
          <Eraser size={16} aria-hidden /> Clear
        </Button>
        <Button onClick={() => onChange(strokes.slice(0, -1))} disabled={strokes.length === 0}>
          <Undo2 size={16} aria-hidden /> Undo stroke
        </Button>
      </div>
      <p id="pad-help" className="field-help pad-keys">
        With the keyboard: arrows move the pen, Space puts it down or lifts it, Delete clears.
      </p>
    </div>
  );
}

const within = (value: number) => Math.min(SIDE, Math.max(0, value));

function paint(
  canvas: HTMLCanvasElement,
  strokes: Stroke[],
  dark: boolean,
  pen: { at: Point; down: boolean } | null,
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  context.setTransform(2, 0, 0, 2, 0, 0);
  context.fillStyle = dark ? "#0b0f14" : "#ffffff";
  context.fillRect(0, 0, SIDE, SIDE);
  context.strokeStyle = context.fillStyle = dark ? "#ffffff" : "#0b0f14";
  context.lineWidth = PEN;
  context.lineCap = context.lineJoin = "round";
  for (const [first, ...rest] of strokes) {
    if (!first) continue;
    context.beginPath();
    context.moveTo(first.x, first.y);
    for (const point of rest) context.lineTo(point.x, point.y);
    if (rest.length === 0) context.lineTo(first.x + 0.01, first.y);
    context.stroke();
  }
  if (!pen) return;
  context.lineWidth = 2;
  context.strokeStyle = dark ? "#5cc4e0" : "#0b6681";
  context.setLineDash(pen.down ? [] : [4, 4]);
  context.beginPath();
  context.arc(pen.at.x, pen.at.y, PEN / 2 + 2, 0, 2 * Math.PI);
  context.stroke();
  context.setLineDash([]);
}
