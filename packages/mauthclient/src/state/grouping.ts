// SPDX-License-Identifier: MIT

/** Groups entities by keys. From one state of them to the next, only what changed is looked at closely. */
export class Grouping<Entity> {
  readonly #keysOf: (entity: Entity) => readonly string[];
  readonly #groups = new Map<string, Entity[]>();
  #last: ReadonlyMap<string, Entity> = new Map();

  constructor(keysOf: (entity: Entity) => readonly string[]) {
    this.#keysOf = keysOf;
  }

  /** The groups of these entities. The map and its lists change with the next call; an entity that changes keeps its place. */
  follow(entities: ReadonlyMap<string, Entity>): ReadonlyMap<string, readonly Entity[]> {
    let kept = 0;
    for (const [id, entity] of entities) {
      const before = this.#last.get(id);
      if (before !== undefined) kept++;
      if (before === entity) continue;
      if (before === undefined) this.#insert(entity);
      else this.#replace(before, entity);
    }
    if (kept < this.#last.size)
      for (const [id, entity] of this.#last) if (!entities.has(id)) this.#remove(entity, this.#keysOf(entity));
    this.#last = entities;
    return this.#groups;
  }

  #replace(before: Entity, entity: Entity): void {
    const [old, now] = [this.#keysOf(before), this.#keysOf(entity)];
    if (old.length !== now.length || old.some((key, at) => key !== now[at])) {
      this.#remove(before, old);
      this.#insert(entity);
      return;
    }
    for (const key of now) {
      const group = this.#groups.get(key) ?? [];
      for (const [at, one] of group.entries()) if (one === before) group[at] = entity;
    }
  }

  #insert(entity: Entity): void {
    for (const key of this.#keysOf(entity)) {
      const group = this.#groups.get(key);
      if (group === undefined) this.#groups.set(key, [entity]);
      else group.push(entity);
    }
  }

  #remove(entity: Entity, keys: readonly string[]): void {
    for (const key of keys) {
      const rest = this.#groups.get(key)?.filter((one) => one !== entity) ?? [];
      if (rest.length === 0) this.#groups.delete(key);
      else this.#groups.set(key, rest);
    }
  }
}
