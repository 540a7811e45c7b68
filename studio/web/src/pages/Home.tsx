import { Datasets } from "../home/Datasets";
import { Drawings } from "../home/Drawings";
import { Hero } from "../home/Hero";
import "../home/home.css";
import { Running } from "../home/Running";

/** Where one begins: the shortest way, what is there, what one was at. */
export default function Home() {
  return (
    <main className="page">
      <Hero />
      <Running />
      <Drawings />
      <Datasets />
    </main>
  );
}
