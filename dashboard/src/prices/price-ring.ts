/** The last 60 different prices of one product, oldest first. */
export class PriceRing {
    static readonly CAPACITY = 60;
    readonly #values = new Float64Array(PriceRing.CAPACITY);
    #next = 0;
    #size = 0;

    get size(): number {
        return this.#size;
    }

    /** A price equal to the newest one is not a new point: snapshots are sent again after a break. */
    push(price: number): void {
        if (this.#size > 0 && this.at(this.#size - 1) === price) return;
        this.#values[this.#next] = price;
        this.#next = (this.#next + 1) % PriceRing.CAPACITY;
        this.#size = Math.min(this.#size + 1, PriceRing.CAPACITY);
    }

    /** `index` counts from the oldest, 0, to the newest, size - 1. */
    at(index: number): number {
        const start = this.#next - this.#size + PriceRing.CAPACITY;
        return this.#values[(start + index) % PriceRing.CAPACITY] ?? NaN;
    }
}
