/** A help text of the server: what stands in backticks is code. */
export function Help({ text }: { text: string }) {
  return text.split("`").map((part, place) => (place % 2 ? <code key={place}>{part}</code> : part));
}
