import type { DriveStep } from "driver.js";

export type Place = "home" | "editor";

/** The steps of each tour; a part of the page carries its name as `data-tour`. */
const STEPS: Record<Place, { part: string; title: string; text: string }[]> = {
  home: [
    {
      part: "start",
      title: "The shortest way",
      text: "Draws a model for small pictures of digits: it trains in seconds, and needs no download.",
    },
    {
      part: "datasets",
      title: "Datasets",
      text: "Each has a page that says what is predicted, and which gates a model must pass. Draw a model for it, or try one that is there.",
    },
    {
      part: "own",
      title: "Your own data",
      text: "A CSV or a zip of pictures becomes a dataset: you check the form, the studio writes the page.",
    },
    {
      part: "nav-jobs",
      title: "Jobs",
      text: "What trains, with its curves as they grow. A job goes on when this page is closed.",
    },
    {
      part: "nav-learn",
      title: "Learn",
      text: "The words, and the path to a good model. This tour can be started again there.",
    },
  ],
  editor: [
    {
      part: "palette",
      title: "Layers",
      text: "Search, then drag a layer onto the canvas, or press Enter to add it after the selected one.",
    },
    {
      part: "canvas",
      title: "The drawing",
      text: "Drag from the dot below a layer to the one above the next. Shapes and numbers of weights appear as you connect; what is wrong is said on the layer.",
    },
    {
      part: "panel",
      title: "The selected layer",
      text: "Its arguments with their meaning, and what Keras says of it.",
    },
    {
      part: "train",
      title: "Train",
      text: "Runs the dataset's pipeline with what you drew. If it passes the gates, it gets a version, and you can ask it.",
    },
  ],
};

/** Shows a tour of the parts that are on the page; it can be left at any time with Escape, a click beside it, or Close. */
export async function startTour(place: Place): Promise<void> {
  const [{ driver }] = await Promise.all([
    import("driver.js"),
    import("driver.js/dist/driver.css"),
    import("./tour.css"),
  ]);
  await partShown(LAST_SHOWN[place]);
  const steps: DriveStep[] = STEPS[place]
    .map(({ part, title, text }) => ({ part: partOf(part), title, text }))
    .filter(({ part }) => part !== null)
    .map(({ part, title, text }) => ({ element: part!, popover: { title, description: text } }));
  remember(place);
  driver({
    steps,
    showProgress: true,
    progressText: "{{current}} of {{total}}",
    nextBtnText: "Next",
    prevBtnText: "Back",
    doneBtnText: "Done",
    popoverClass: "tour",
    smoothScroll: true,
    animate: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  }).drive();
}

/** What is on the page last, once the server has answered. */
const LAST_SHOWN: Record<Place, string> = { home: "own", editor: "train" };

let wanted: Place | null = null;

/** The tour begins when its place is next opened. */
export function wantTour(place: Place): void {
  wanted = place;
}

/** Whether the tour of a place was asked for from elsewhere; asked once, it is forgotten. */
export function takeWanted(place: Place): boolean {
  const found = wanted === place;
  if (found) wanted = null;
  return found;
}

/** Waits until the page shows a part, at most ten seconds. */
async function partShown(part: string): Promise<void> {
  for (let times = 0; times < 100 && partOf(part) === null; times++)
    await new Promise((resolve) => setTimeout(resolve, 100));
}

/** The part of the page that is seen; hidden ones have no box. */
function partOf(part: string): HTMLElement | null {
  const found = document.querySelector<HTMLElement>(`[data-tour="${part}"]`);
  return found && found.getClientRects().length > 0 ? found : null;
}

const key = (place: Place) => `slipway tour ${place}`;

/** Whether the tour was neither taken nor declined in this browser. */
export function isNew(place: Place): boolean {
  try {
    return localStorage.getItem(key(place)) === null;
  } catch {
    return false; // a browser that keeps nothing would be asked each time
  }
}

/** The tour is not offered again. */
export function remember(place: Place): void {
  try {
    localStorage.setItem(key(place), "offered");
  } catch {
    return;
  }
}
