import type { TextColumn } from '../table/table.ts';
import { DistinctCounter } from './distinct-counter.ts';
import { hashText } from './hash.ts';
import type { TextProfile } from './schema.ts';
import { ValueCounts } from './value-counts.ts';

/** Longer texts are counted under their beginning. */
const MAX_TEXT = 200;

/** Profile of a column of texts, as its values come. */
export class TextProfiler {
  readonly kind = 'text';
  readonly #name: string;
  #count = 0;
  #missing = 0;
  #distinct = new DistinctCounter();
  #counts = new ValueCounts();
  #shortest = Number.POSITIVE_INFINITY;
  #longest = 0;
  #totalLength = 0;

  constructor(name: string) {
    this.#name = name;
  }

  skip(rows: number): void {
    this.#count += rows;
    this.#missing += rows;
  }

  update({ codes, categories }: Pick<TextColumn, 'codes' | 'categories'>): void {
    const counts = new Float64Array(categories.length);
    let missing = 0;
    for (const code of codes) {
      if (code < 0) missing++;
      else counts[code] = (counts[code] as number) + 1;
    }
    this.#count += codes.length;
    this.#missing += missing;
    const occurring: [string, number][] = [];
    categories.forEach((text, code) => {
      const count = counts[code] as number;
      if (count === 0) return;
      occurring.push([text.slice(0, MAX_TEXT), count]);
      this.#note(text, count);
    });
    this.#counts.add(occurring);
  }

  #note(text: string, count: number): void {
    this.#distinct.add(hashText(text));
    this.#shortest = Math.min(this.#shortest, text.length);
    this.#longest = Math.max(this.#longest, text.length);
    this.#totalLength += text.length * count;
  }

  merge(other: TextProfiler): TextProfiler {
    const merged = new TextProfiler(this.#name);
    merged.#count = this.#count + other.#count;
    merged.#missing = this.#missing + other.#missing;
    merged.#distinct = this.#distinct.merge(other.#distinct);
    merged.#counts = this.#counts.merge(other.#counts);
    merged.#shortest = Math.min(this.#shortest, other.#shortest);
    merged.#longest = Math.max(this.#longest, other.#longest);
    merged.#totalLength = this.#totalLength + other.#totalLength;
    return merged;
  }

  toJSON(): TextProfile {
    const present = this.#count - this.#missing;
    const mean = this.#totalLength / present;
    return {
      name: this.#name,
      kind: 'text',
      count: this.#count,
      missing: this.#missing,
      distinct: this.#distinct.toJSON(),
      counts: this.#counts.toJSON() as TextProfile['counts'],
      lengths: present > 0 ? { min: this.#shortest, max: this.#longest, mean } : null,
    };
  }

  static from(json: TextProfile): TextProfiler {
    const profiler = new TextProfiler(json.name);
    profiler.#count = json.count;
    profiler.#missing = json.missing;
    profiler.#distinct = DistinctCounter.from(json.distinct);
    profiler.#counts = new ValueCounts(json.counts);
    if (json.lengths) {
      profiler.#shortest = json.lengths.min;
      profiler.#longest = json.lengths.max;
      profiler.#totalLength = Math.round(json.lengths.mean * (json.count - json.missing));
    }
    return profiler;
  }
}
