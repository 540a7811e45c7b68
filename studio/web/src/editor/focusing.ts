/** Gives a node of the canvas the keyboard, as soon as it is drawn. */
export function focusNode(id: string | null, tries = 10): void {
  if (!id) return;
  const node = document.querySelector<HTMLElement>(`.editor .react-flow__node[data-id="${CSS.escape(id)}"]`);
  if (node) node.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusNode(id, tries - 1));
}

/** Whether keys that are pressed belong to a field or a dialog, and not to the canvas. */
export function isTyping(target: EventTarget | null): boolean {
  const element = target instanceof HTMLElement ? target : null;
  return !!element?.closest("input, textarea, select, [contenteditable=true], [role=dialog], [role=menu]");
}

/** The first field of the panel. */
export function focusPanel(): void {
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>(".panel input, .panel select, .panel button")?.focus(),
  );
}
