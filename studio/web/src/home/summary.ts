/** A summary in two: its first sentence, which mostly is the question, and the rest. */
export function questionOf(summary: string): { question: string; rest: string } {
  const end = summary.search(/[?.:](\s|$)/);
  if (end < 0) return { question: summary, rest: "" };
  const stop = summary[end] === ":" ? end : end + 1;
  return { question: summary.slice(0, stop), rest: summary.slice(end + 1).trim() };
}
