import { getViewportForBounds } from "@xyflow/react";

const MARGIN = 32;

/** Gives a text or a data URL to the browser as a file. */
export function download(file: string, text: string): void {
  const url = text.startsWith("data:") ? text : URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = file;
  link.click();
  if (url !== text) URL.revokeObjectURL(url);
}

/** Saves a picture of the whole open level, whatever of it is in view. */
export async function pictureOf(form: "png" | "svg", name: string): Promise<void> {
  const { toPng, toSvg } = await import("html-to-image");
  const viewport = document.querySelector<HTMLElement>(".editor .react-flow__viewport");
  const bounds = viewport && boundsOf(viewport);
  if (!viewport || !bounds) throw new Error("There is nothing to draw a picture of: add a layer first.");
  const [width, height] = [bounds.width + 2 * MARGIN, bounds.height + 2 * MARGIN];
  const { x, y, zoom } = getViewportForBounds(bounds, width, height, 1, 1, 0);
  const options = {
    width,
    height,
    skipFonts: true,
    pixelRatio: Math.min(2, 8000 / Math.max(width, height)),
    backgroundColor: getComputedStyle(document.body).backgroundColor,
    style: {
      width: `${width}px`,
      height: `${height}px`,
      transform: `translate(${x}px, ${y}px) scale(${zoom})`,
    },
  };
  const restore = withOwnStyles(viewport);
  const picture = await (form === "png" ? toPng : toSvg)(viewport, options).finally(restore);
  download(`${name.replace(/[^\w-]+/g, "_") || "graph"}.${form}`, picture);
}

/**
 * Writes the style of the edges into them, and hides what is for pointers: the picture is made of a copy without our style sheets.
 * Returns what takes that back.
 */
function withOwnStyles(viewport: HTMLElement): () => void {
  const touched: [SVGElement, string | null][] = [];
  const put = (element: SVGElement, style: string) => {
    touched.push([element, element.getAttribute("style")]);
    element.setAttribute("style", style);
  };
  for (const path of viewport.querySelectorAll<SVGElement>(".react-flow__edge-path")) {
    const { stroke, strokeWidth } = getComputedStyle(path);
    put(path, `stroke: ${stroke}; stroke-width: ${strokeWidth}; fill: none`);
  }
  const hidden = ".edge-plus, .react-flow__edge-interaction";
  for (const element of viewport.querySelectorAll<SVGElement>(hidden)) put(element, "display: none");
  return () => {
    for (const [element, style] of touched) {
      if (style === null) element.removeAttribute("style");
      else element.setAttribute("style", style);
    }
  };
}

/** What the nodes cover, in the canvas' own pixels. */
function boundsOf(viewport: HTMLElement): { x: number; y: number; width: number; height: number } | null {
  const boxes = [...viewport.querySelectorAll<HTMLElement>(".react-flow__node")].map((node) => {
    const { e, f } = new DOMMatrixReadOnly(getComputedStyle(node).transform);
    return { left: e, top: f, right: e + node.offsetWidth, bottom: f + node.offsetHeight };
  });
  if (!boxes.length) return null;
  const x = Math.min(...boxes.map((box) => box.left));
  const y = Math.min(...boxes.map((box) => box.top));
  const width = Math.max(...boxes.map((box) => box.right)) - x;
  return { x, y, width, height: Math.max(...boxes.map((box) => box.bottom)) - y };
}
