import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { SAMPLE } from '../../helpers/parquet-sample.ts';

/** The file that read.py reads with other people's readers. */
const writer = new ParquetWriter((bytes) => gzipSync(bytes));
writer.write(SAMPLE);
writer.write(SAMPLE);
writeFileSync(new URL('sample.parquet', import.meta.url), writer.finish({ made: 'by skiff' }));
