import { createContext } from "react";
import type { Spot } from "./actions";

/** Opens the dialogs that any part of the editor may ask for. */
export const DialogsContext = createContext<{
  search: (spot: Spot) => void;
  connectFrom: (id: string) => void;
}>({ search: () => undefined, connectFrom: () => undefined });
