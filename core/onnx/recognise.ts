import { AppError } from '../errors.ts';

const ascii = (text: string) => [...text].map((c) => c.charCodeAt(0));

interface Recognised {
  /** Position of the mark. */
  readonly at?: number;
  readonly mark: readonly number[];
  readonly says: string;
}

const PICKLE = 'a Python pickle or joblib file; convert the model with skl2onnx.to_onnx';

/** Marks of files that people upload by mistake, and what to do instead. */
const OTHERS: readonly Recognised[] = [
  { mark: [0x80, 2], says: PICKLE },
  { mark: [0x80, 3], says: PICKLE },
  { mark: [0x80, 4], says: PICKLE },
  { mark: [0x80, 5], says: PICKLE },
  { mark: [0x89, ...ascii('HDF')], says: 'an HDF5 file (Keras); convert it with tf2onnx' },
  { mark: [0x1f, 0x8b], says: 'gzip-compressed; upload the .onnx file itself' },
  { mark: [0x28, 0xb5, 0x2f, 0xfd], says: 'zstd-compressed; upload the .onnx file itself' },
  { mark: ascii('BZh'), says: 'bzip2-compressed; upload the .onnx file itself' },
  { mark: [...ascii('7z'), 0xbc, 0xaf], says: 'a 7z archive; upload the .onnx file itself' },
  { at: 257, mark: ascii('ustar'), says: 'a tar archive; upload the .onnx file itself' },
  { mark: [0x93, ...ascii('NUMPY')], says: 'a NumPy array; upload the model, not its data' },
  { mark: ascii('PAR1'), says: 'a Parquet file; upload the model, not its data' },
  { mark: ascii('GGUF'), says: 'a GGUF language model; export the original one to ONNX' },
  { mark: [0x7f, ...ascii('ELF')], says: 'a program; upload the .onnx file' },
  { mark: ascii('tree\n'), says: 'a LightGBM model; convert it with onnxmltools' },
  { mark: ascii('{'), says: 'JSON or text; upload the .onnx file itself' },
  { mark: ascii('<'), says: 'HTML or XML (PMML); upload an .onnx file' },
  {
    mark: ascii('version https://git-lfs'),
    says: 'a Git LFS pointer; fetch the file with `git lfs pull`',
  },
  { at: 4, mark: ascii('TFL3'), says: 'TensorFlow Lite; convert it with tf2onnx' },
  { at: 4, mark: ascii('ORTM'), says: 'in ORT format; upload the .onnx file it was made from' },
  // The length of the header, below 4 GB, and its JSON.
  { at: 4, mark: [0, 0, 0, 0, 0x7b], says: 'safetensors, weights without a graph; export to ONNX' },
  { mark: [8, 1, 0x12], says: 'a TensorFlow SavedModel; convert its folder with tf2onnx' },
  { mark: ascii('PK\x03\x04'), says: '' },
];

/** What the names at the head of a ZIP archive tell of its maker. */
const ARCHIVES: readonly [RegExp, string][] = [
  [/data\.pkl|\/code\/|constants\.pkl|\.format_version/, 'a PyTorch file; use torch.onnx.export'],
  [/metadata\.json|config\.json|model\.weights/, 'a Keras file; use model.export or tf2onnx'],
  [/\.npy/, 'NumPy arrays; upload the model, not its data'],
  [/\.onnx/, 'a ZIP archive; upload the .onnx file in it'],
];

/** @throws AppError `unprocessable` where the first bytes are those of something else */
export function refuseOtherFiles(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new AppError('unprocessable', 'the file is empty; upload it again');
  const found = OTHERS.find(({ at = 0, mark }) => mark.every((byte, i) => bytes[at + i] === byte));
  if (!found) return;
  throw new AppError('unprocessable', `the file is not ONNX but ${found.says || archive(bytes)}`);
}

function archive(bytes: Uint8Array): string {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 4096));
  const known = ARCHIVES.find(([names]) => names.test(head));
  return known?.[1] ?? 'a ZIP archive; upload the .onnx file itself';
}
