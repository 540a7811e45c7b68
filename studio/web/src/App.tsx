import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { Shell } from "./layout/Shell";
import { Spinner } from "./ui/Spinner";

const Home = lazy(() => import("./pages/Home"));
const Draw = lazy(() => import("./pages/Draw"));
const Dataset = lazy(() => import("./pages/Dataset"));
const Version = lazy(() => import("./pages/Version"));
const Compare = lazy(() => import("./pages/Compare"));
const Try = lazy(() => import("./pages/Try"));
const Jobs = lazy(() => import("./pages/Jobs"));
const Job = lazy(() => import("./pages/Job"));
const NewData = lazy(() => import("./pages/NewData"));
const Learn = lazy(() => import("./pages/Learn"));

/** The pages by address; each is loaded when it is first opened. */
export function App() {
  return (
    <Shell>
      <Suspense fallback={<Spinner label="Loading the page" />}>
        <Switch>
          <Route path="/" component={Home} />
          <Route path="/draw/:id" component={Draw} />
          <Route path="/datasets/:name" component={Dataset} />
          <Route path="/datasets/:name/versions/:id" component={Version} />
          <Route path="/datasets/:name/compare/:left/:right" component={Compare} />
          <Route path="/datasets/:name/try" component={Try} />
          <Route path="/jobs" component={Jobs} />
          <Route path="/jobs/:id" component={Job} />
          <Route path="/data/new" component={NewData} />
          <Route path="/data/:id" component={NewData} />
          <Route path="/learn" component={Learn} />
          <Route>
            <main className="page">
              <h1>No such page</h1>
            </main>
          </Route>
        </Switch>
      </Suspense>
    </Shell>
  );
}
