import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { PanelLeftClose, PanelLeftOpen, Plus } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Message } from "../api/client";
import { FIT_GLIDING } from "../graph/layout";
import type { PaletteLayer } from "../graph/model";
import { usePalette } from "../graph/palette";
import { TourOffer } from "../learn/TourOffer";
import { TrainDialog } from "../train/TrainDialog";
import { Button } from "../ui/Button";
import { Modal } from "../ui/Modal";
import { addLayer, type Spot } from "./actions";
import { Breadcrumb } from "./Breadcrumb";
import { Canvas } from "./Canvas";
import { ChosenBar, SeveralButton } from "./ChosenBar";
import { ConflictDialog } from "./ConflictDialog";
import { ConnectDialog } from "./ConnectDialog";
import { EditorContext, LayersContext, useEditor, useEditorStore, useLayers } from "./context";
import { DialogsContext } from "./dialogs";
import "./editor.css";
import { focusNode } from "./focusing";
import { Palette } from "./Palette";
import { Panel } from "./panel/Panel";
import { SearchDialog } from "./SearchDialog";
import { Shortcuts } from "./Shortcuts";
import { StatusLine } from "./StatusLine";
import type { Editor as EditorStore } from "./store";
import { ImportDialog } from "./toolbar/ImportDialog";
import { Toolbar } from "./toolbar/Toolbar";
import { useClipboard } from "./useClipboard";
import { useReveal } from "./useFlow";
import { useKept } from "./useKept";
import { useKeys } from "./useKeys";
import { useNarrow } from "./useNarrow";

/** An open document: palette, canvas, details and toolbar around its state. */
export function Editor({ editor }: { editor: EditorStore }) {
  const { palette, layers } = usePalette();
  return (
    <EditorContext.Provider value={editor}>
      <LayersContext.Provider value={layers}>
        <ReactFlowProvider>
          <Workplace palette={palette} />
        </ReactFlowProvider>
      </LayersContext.Provider>
    </EditorContext.Provider>
  );
}

type Open = "shortcuts" | "import" | "train" | "palette" | null;

function Workplace({ palette }: { palette: Message["Palette"] | undefined }) {
  const editor = useEditorStore();
  const [, go] = useLocation();
  const narrow = useNarrow();
  const [dialog, setDialog] = useState<Open>(null);
  const closing = useReturn();
  const close = closing(() => setDialog(null));
  const [spot, setSpot] = useState<Spot | null>(null);
  const [from, setFrom] = useState<string | null>(null);
  const [sheet, setSheet] = useState(false);
  const kept = useKept(editor);
  const path = useEditor((state) => state.path);
  const arrange = useArrange();
  const dialogs = useMemo(() => ({ search: setSpot, connectFrom: setFrom }), []);
  useKeys({
    search: () => setSpot({}),
    connectFrom: setFrom,
    shortcuts: () => setDialog("shortcuts"),
    arrange,
  });
  useClipboard();
  useSheetOnChoice(setSheet);
  const add = useAdd(() => setDialog(null));
  return (
    <DialogsContext.Provider value={dialogs}>
      <main className="editor">
        <h1 className="visually-hidden">Draw</h1>
        <Toolbar
          onConflict={() => kept.hide(false)}
          onArrange={arrange}
          onImport={() => setDialog("import")}
          onShortcuts={() => setDialog("shortcuts")}
          onTrain={() => void kept.save().then(() => setDialog("train"))}
        />
        <TourOffer place="editor" />
        <div className="editor-body">
          {!narrow && <SidePalette palette={palette} onAdd={add} />}
          <div className="editor-canvas" data-testid="canvas" data-tour="canvas">
            <Breadcrumb />
            <Canvas key={path.join("/")} onSearch={setSpot} narrow={narrow} />
            <EmptyHint />
            <ChosenBar />
            <StatusLine onOpen={() => setSheet(true)} />
            <SeveralButton />
            {narrow && (
              <Button
                look="primary"
                className="add-button"
                aria-label="Add a layer"
                onClick={() => setDialog("palette")}
              >
                <Plus size={24} aria-hidden />
              </Button>
            )}
          </div>
          <Panel palette={palette} sheet={narrow} open={sheet} onClose={() => setSheet(false)} />
        </div>
        <SearchDialog
          open={spot !== null}
          palette={palette}
          onClose={() => setSpot(null)}
          onAdd={(layer) => {
            add(layer, spot ?? {});
            setSpot(null);
          }}
        />
        <ConnectDialog from={from} onClose={closing(() => setFrom(null))} />
        <Shortcuts open={dialog === "shortcuts"} onClose={close} />
        <ImportDialog open={dialog === "import"} onClose={close} />
        <Modal open={dialog === "palette"} title="Add a layer" onClose={close}>
          <Palette palette={palette} onAdd={add} />
        </Modal>
        <ConflictDialog
          theirs={kept.theirs}
          onCopied={(id) => go(`/draw/${id}`)}
          onTake={kept.take}
          onLater={() => kept.hide(true)}
        />
        <Training open={dialog === "train"} onClose={close} />
      </main>
    </DialogsContext.Provider>
  );
}

/** A dialog's closing that gives the keyboard back to the node that had it. */
function useReturn() {
  const editor = useEditorStore();
  return (close: () => void) => () => {
    close();
    setTimeout(() => {
      const { focused, selected } = editor.getState();
      if (document.activeElement === document.body) focusNode(focused ?? selected[0] ?? null);
    }, 60);
  };
}

/** Adds a layer and gives the keyboard to its node. */
function useAdd(done: () => void) {
  const editor = useEditorStore();
  const layers = useLayers();
  const reveal = useReveal();
  return (layer: PaletteLayer, spot: Spot = {}) => {
    addLayer(editor, layers, layer, spot);
    done();
    const id = editor.getState().focused;
    focusNode(id);
    // The new node has a size, and the others their places, a moment later.
    setTimeout(() => id && reveal(id), 320);
  };
}

function Training({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [, go] = useLocation();
  const graph = useEditor((state) => state.graph);
  const id = useEditor((state) => state.id);
  const report = useEditor((state) => state.report);
  if (!open || !graph.dataset) return null;
  return (
    <TrainDialog
      open
      dataset={graph.dataset}
      graph={graph}
      document={id}
      report={report}
      onClose={onClose}
      onQueued={(job) => go(`/jobs/${job.id}`)}
    />
  );
}

/** Arranges the open level for the room that the canvas has, and shows all of it. */
function useArrange() {
  const editor = useEditorStore();
  const { fitView, getInternalNode } = useReactFlow();
  return useCallback(() => {
    const pane = document.querySelector(".editor-canvas")?.getBoundingClientRect();
    editor.getState().arrange({ width: pane?.width ?? 800, height: pane?.height ?? 600 }, (id) => {
      const { width, height } = getInternalNode(id)?.measured ?? {};
      return width && height ? { width, height } : undefined;
    });
    editor.getState().say("Arranged.");
    setTimeout(() => void fitView(FIT_GLIDING), 320);
  }, [editor, fitView, getInternalNode]);
}

/** On a phone the details come up when one node is chosen, and go when none is. */
function useSheetOnChoice(show: (open: boolean) => void) {
  const editor = useEditorStore();
  const latest = useRef(show);
  useEffect(
    () =>
      editor.subscribe((state, before) => {
        if (state.selected !== before.selected) latest.current(state.selected.length === 1 && !state.several);
      }),
    [editor],
  );
}

function SidePalette({
  palette,
  onAdd,
}: {
  palette: Message["Palette"] | undefined;
  onAdd: (layer: PaletteLayer) => void;
}) {
  const [open, setOpen] = useState(true);
  const Icon = open ? PanelLeftClose : PanelLeftOpen;
  return (
    <aside className={`side ${open ? "" : "side-closed"}`} aria-label="Layers" data-tour="palette">
      <div className="row spread">
        {open && <h2>Layers</h2>}
        <Button
          look="plain"
          aria-label={open ? "Close the layers" : "Open the layers"}
          onClick={() => setOpen(!open)}
        >
          <Icon size={17} aria-hidden />
        </Button>
      </div>
      {open && <Palette palette={palette} onAdd={(layer) => onAdd(layer)} />}
    </aside>
  );
}

function EmptyHint() {
  const empty = useEditor((state) => !state.path.length && state.graph.nodes.length === 0);
  if (!empty) return null;
  return (
    <p className="empty-hint">
      Add an Input first, then the layers that follow it; or choose a dataset, which brings its own inputs and
      output.
    </p>
  );
}
