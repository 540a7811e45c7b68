import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TrainDialog } from "./TrainDialog";

// Before the client is made, which keeps the fetch that it finds.
const server = vi.hoisted(() => {
  const own: { answer: (request: Request) => Promise<Response> } = { answer: async () => Response.error() };
  globalThis.fetch = (request) => own.answer(request as Request);
  return own;
});

const SETTING = { part: "training", help: "", low: null, high: null, choices: [], logarithmic: false };
const DATASET = {
  name: "digits",
  model: "Convolutional",
  settings: [
    {
      ...SETTING,
      name: "learning_rate",
      type: "float",
      value: 0.001,
      low: 1e-9,
      high: 100,
      logarithmic: true,
    },
    { ...SETTING, name: "epochs", type: "int", value: 30, low: 1 },
    { ...SETTING, name: "balanced", type: "bool", value: false },
  ],
  problem: null,
};
const STATE = { limits: { nodes: 100, parameters: 1e6, upload_mb: 1, minutes: 120, memory_mb: 8000 } };

let posted: unknown[];
let refusal: string | null;

/** What the server answers, in place of a server: one dataset, and a job for each form. */
async function answer(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  if (path === "/api/jobs") {
    posted.push(await request.json());
    return refusal === null
      ? Response.json({ id: "a1" }, { status: 201 })
      : Response.json({ detail: refusal, status: 422 }, { status: 422 });
  }
  return Response.json(path === "/api/state" ? STATE : DATASET);
}

beforeEach(() => {
  posted = [];
  refusal = null;
  server.answer = answer;
});
afterEach(cleanup);

async function opened(onQueued = vi.fn()) {
  const user = userEvent.setup();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TrainDialog
        open
        dataset="digits"
        graph={null}
        document={null}
        report={null}
        onClose={vi.fn()}
        onQueued={onQueued}
      />
    </QueryClientProvider>,
  );
  await screen.findByLabelText(/^Epochs/);
  return { user, onQueued };
}

it("sends what was changed alone, when Enter is pressed", async () => {
  const { user, onQueued } = await opened();
  await user.clear(screen.getByLabelText(/^Epochs/));
  await user.type(screen.getByLabelText(/^Epochs/), "5{Enter}");
  await waitFor(() => expect(onQueued).toHaveBeenCalledOnce());
  expect(posted).toEqual([
    {
      kind: "run",
      dataset: "digits",
      graph: null,
      document: null,
      settings: { epochs: "5" },
      folds: 5,
      limit: 0,
      minutes: null,
      memory_mb: null,
    },
  ]);
});

it("asks for folds of a K-fold", async () => {
  const { user } = await opened();
  await user.click(screen.getByRole("radio", { name: "K-fold" }));
  await user.clear(screen.getByLabelText("Folds"));
  await user.type(screen.getByLabelText("Folds"), "3{Enter}");
  await waitFor(() => expect(posted).toMatchObject([{ kind: "kfold", folds: 3, settings: {} }]));
});

it("sends nothing that is wrong, and leads to it", async () => {
  const { user } = await opened();
  await user.clear(screen.getByLabelText(/^Epochs/));
  await user.click(screen.getByRole("button", { name: "Start training" }));
  const field = screen.getByLabelText(/^Epochs/);
  expect(screen.getByText("Use a whole number of at least 1.")).toBeTruthy();
  await waitFor(() => expect(document.activeElement).toBe(field));
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(posted).toEqual([]);
});

it("shows what the server refuses at its field, until that is changed", async () => {
  refusal = "learning_rate: received 50; use a number up to 10";
  const { user, onQueued } = await opened();
  await user.click(screen.getByRole("button", { name: "Start training" }));
  const rate = screen.getByLabelText(/^Learning rate/);
  await waitFor(() => expect(rate.getAttribute("aria-invalid")).toBe("true"));
  expect(screen.getByText(refusal)).toBeTruthy();
  expect(onQueued).not.toHaveBeenCalled();
  await user.type(rate, "1");
  expect(screen.queryByText(refusal)).toBeNull();
});
