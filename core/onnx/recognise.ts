import { AppError } from '../errors.ts';

const ascii = (text: string) => [...text].map((c) => c.charCodeAt(0));

/** First bytes of files that people upload by mistake, and what to do instead. */
const OTHERS: readonly { readonly magic: readonly number[]; readonly says: string }[] = [
  {
    magic: [0x80, 2],
    says: 'a Python pickle; convert the model with skl2onnx or torch.onnx.export',
  },
  {
    magic: [0x80, 3],
    says: 'a Python pickle; convert the model with skl2onnx or torch.onnx.export',
  },
  { magic: [0x80, 4], says: 'a Python pickle or joblib file; convert the model with skl2onnx' },
  { magic: [0x80, 5], says: 'a Python pickle or joblib file; convert the model with skl2onnx' },
  {
    magic: ascii('PK\x03\x04'),
    says: 'a ZIP archive (PyTorch or Keras); export with torch.onnx.export or tf2onnx',
  },
  { magic: [0x89, ...ascii('HDF')], says: 'an HDF5 file (Keras); convert it with tf2onnx' },
  { magic: [0x1f, 0x8b], says: 'gzip-compressed; upload the .onnx file itself' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], says: 'zstd-compressed; upload the .onnx file itself' },
  { magic: [0x93, ...ascii('NUMPY')], says: 'a NumPy array' },
  { magic: [0x7f, ...ascii('ELF')], says: 'a program' },
  { magic: ascii('{'), says: 'JSON or text; upload the .onnx file itself' },
  { magic: ascii('<'), says: 'HTML or XML; upload the .onnx file itself' },
  {
    magic: ascii('version https://git-lfs'),
    says: 'a Git LFS pointer; fetch the file with `git lfs pull`',
  },
];

/** @throws AppError `unprocessable` where the first bytes are those of something else */
export function refuseOtherFiles(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new AppError('unprocessable', 'the file is empty');
  const found = OTHERS.find(({ magic }) => magic.every((byte, i) => bytes[i] === byte));
  if (found) throw new AppError('unprocessable', `the file is not an ONNX model but ${found.says}`);
  // TensorFlow Lite and ORT's own format carry their mark at the fifth byte.
  const mark = String.fromCharCode(...bytes.subarray(4, 8));
  if (mark === 'TFL3')
    throw new AppError('unprocessable', 'the file is TensorFlow Lite; convert it with tf2onnx');
  if (mark === 'ORTM')
    throw new AppError('unprocessable', 'the file is in ORT format; upload the .onnx file');
}
