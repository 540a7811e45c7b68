import { useSyncExternalStore } from "react";

const NARROW = "(max-width: 900px)";

/** Whether palette and details have no room beside the canvas. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = window.matchMedia(NARROW);
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    () => window.matchMedia(NARROW).matches,
  );
}
