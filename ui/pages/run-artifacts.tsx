import { useState } from 'preact/hooks';
import { bytes } from '#shared/page/numbers.ts';
import { downloadAddress, type FileInfo, listArtifacts } from '../api/mlflow.ts';
import { Await, Failure } from '../components/states.tsx';
import { useLoad } from '../lib/use-load.ts';
import { useHere } from '../shell/place-context.tsx';

/** The files of a run. Folders are asked for when they are opened. */
export const Artifacts = ({ run }: { run: string }) => (
  <section>
    <h2>Artifacts</h2>
    <Folder run={run} path="" />
  </section>
);

function Folder({ run, path }: { run: string; path: string }) {
  const { workspace } = useHere();
  const found = useLoad(path, (signal) => listArtifacts(workspace, { run, path }, signal));
  return (
    <Await of={found} what="files">
      {(files) =>
        files.length === 0 ? (
          <p class="muted">None.</p>
        ) : (
          <ul class="files">
            {files.map((file) => (
              <li key={file.path}>
                {file.is_dir ? (
                  <Closed run={run} path={file.path} />
                ) : (
                  <File run={run} file={file} />
                )}
              </li>
            ))}
          </ul>
        )
      }
    </Await>
  );
}

const nameOf = (path: string): string => path.split('/').at(-1) ?? path;

function Closed({ run, path }: { run: string; path: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{nameOf(path)}/</summary>
      {open && <Folder run={run} path={path} />}
    </details>
  );
}

/** Downloads by an address of the storage's own, so that files of any size come, and no token leaves. */
function File({ run, file: { path, file_size = 0 } }: { run: string; file: FileInfo }) {
  const { workspace } = useHere();
  const [error, setError] = useState<Error>();
  const download = () => {
    setError(undefined);
    downloadAddress(workspace, run, path).then((address) => {
      location.href = address;
    }, setError);
  };
  return (
    <>
      <button type="button" class="link" onClick={download}>
        {nameOf(path)}
      </button>{' '}
      <span class="note">{bytes(file_size)}</span>
      {error && <Failure error={error} />}
    </>
  );
}
