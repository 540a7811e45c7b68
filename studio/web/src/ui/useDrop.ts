import { type DragEvent, useState } from "react";

/** What a place spreads to take a dropped file; `data-over` says that one is held over it. */
export function useDrop(take: (file: File) => void) {
  const [over, setOver] = useState(false);
  return {
    "data-over": over,
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer.files[0];
      if (file) take(file);
    },
  };
}
