import { useEffect, useState } from "react";
import { Button } from "../ui/Button";
import "./offer.css";
import { isNew, type Place, remember, startTour, takeWanted } from "./tour";

/** Offers the tour of a place once, on the first visit; it takes no focus and covers nothing. */
export function TourOffer({ place }: { place: Place }) {
  const [offered, setOffered] = useState(() => isNew(place));
  useEffect(() => {
    if (takeWanted(place)) void startTour(place).then(() => setOffered(false));
  }, [place]);
  if (!offered) return null;
  return (
    <aside className={`row tour-offer tour-offer-${place}`} aria-label="Tour">
      <span>New here?</span>
      <Button
        onClick={() => {
          setOffered(false);
          void startTour(place);
        }}
      >
        Take the tour
      </Button>
      <Button
        look="plain"
        onClick={() => {
          setOffered(false);
          remember(place);
        }}
      >
        No, thanks
      </Button>
    </aside>
  );
}
