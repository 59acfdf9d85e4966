import { prefixOf } from '../api/client.ts';
import { useHere } from '../shell/place-context.tsx';

/** How a run gets here, for this workspace and experiment. */
export function FirstSteps({ of }: { of: string }) {
  const { workspace } = useHere();
  // The API begins where this page's address has `ui`.
  const api = new URL('.', location.href).href.replace(/\/$/, '') + prefixOf(workspace);
  return (
    <>
      <p>There is no run here yet. In a shell, and then in a notebook or a script:</p>
      <pre>{`export MLFLOW_TRACKING_URI=${api}
export MLFLOW_TRACKING_TOKEN=skiff_…  # scopes: read and register

import mlflow

mlflow.set_experiment(${JSON.stringify(of)})
with mlflow.start_run():
    mlflow.log_metric("accuracy", 0.87)`}</pre>
    </>
  );
}
