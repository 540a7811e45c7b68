/** Why there is no camera, and what to do, from the name of the browser's error. */
export function cameraProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError")
    return "The browser does not let this page use the camera. Allow it beside the address, or choose a picture instead.";
  if (name === "NotFoundError" || name === "OverconstrainedError")
    return "There is no camera here; choose a picture instead.";
  if (name === "NotReadableError") return "Another program uses the camera; close it and try again.";
  if (name === "SecurityError")
    return "Browsers give the camera to pages at https:// and on this machine only; choose a picture instead.";
  return "The camera does not start; choose a picture instead.";
}
