/** A summary in two: its first sentence, which mostly is the question, and the rest. */
export function questionOf(summary: string): { question: string; rest: string } {
  const end = summary.search(/[?.:](\s|$)/);
  if (end < 0) return { question: summary, rest: "" };
  const stop = summary[end] === ":" ? end : end + 1;
  return { question: summary.slice(0, stop), rest: summary.slice(end + 1).trim() };
}

/** How long ago a moment was, in words: "3 minutes ago". */
export function ago(moment: string, now: number): string {
  const seconds = Math.max(0, (now - new Date(moment).getTime()) / 1000);
  if (seconds < 60) return "just now";
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ["minute", 60],
    ["hour", 3600],
    ["day", 86_400],
    ["month", 2_629_800],
    ["year", 31_557_600],
  ];
  const [unit, length] = units.filter(([, size]) => seconds >= size).at(-1)!;
  return new Intl.RelativeTimeFormat("en").format(-Math.floor(seconds / length), unit);
}
