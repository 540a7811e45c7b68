import type { ButtonHTMLAttributes } from "react";

type Look = "normal" | "primary" | "danger" | "plain";

/** A button; `type="button"` unless said otherwise, so that none submits a form by accident. */
export function Button({
  look = "normal",
  className = "",
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look }) {
  return <button type="button" className={`button button-${look} ${className}`} {...rest} />;
}
