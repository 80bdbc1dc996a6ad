// What a page of the reference contract does with what it hears: it reads these fields as these types and nothing else, has
// no safety net, and stays blank after the first exception. So whatever it would throw at, or show as "NaN", is a complaint.
import assert from "node:assert/strict";

const text = (value, what) => assert.equal(typeof value, "string", `${what} is no text: ${JSON.stringify(value)}`);
const number = (value, what) => assert.ok(Number.isFinite(value), `${what} is no number: ${JSON.stringify(value)}`);
const numeric = (value, what) => assert.ok(value !== "" && value !== null && Number.isFinite(Number(value)),
  `${what} reads as NaN: ${JSON.stringify(value)}`);
const date = (value, what) => assert.ok(!Number.isNaN(new Date(value).getTime()), `${what} is no date: ${value}`);
/** A time of the world, not of the browser's zone. */
const zoned = (value, what) => {
  date(value, what);
  assert.match(String(value), /(Z|[+-]\d\d:\d\d)$/, `${what} says no zone`);
};
const list = (value, what) => assert.ok(Array.isArray(value) && value.every((item) => item !== null), `${what} is no list of objects`);

const SHOWN = {
  cryptoTopMoversResponse({ data }) {
    for (const side of ["topGainers", "topLosers"]) {
      list(data[side].data, side);
      for (const coin of data[side].data) {
        for (const field of ["id", "image", "name"]) text(coin[field], field);
        text(coin.symbol.toUpperCase(), "symbol");
        for (const field of ["currentPrice", "totalVolume", "marketCapRank"]) number(coin[field], field);
        number(coin.priceChangePercentage1h ?? 0, "priceChangePercentage1h");
      }
    }
  },
  cryptoTopCoinsResponse({ data }) {
    list(data.topCoins, "topCoins");
    for (const coin of data.topCoins) {
      text(coin.symbol, "symbol");
      text(coin.name, "name");
    }
  },
  cryptoTickerResponse({ data }) {
    const ticker = data.data ?? data;
    assert.equal(ticker.type, "ticker");
    text(ticker.product_id, "product_id");
    for (const field of ["price", "price_percent_chg_24_h", "volume_24_h", "low_24_h", "high_24_h"]) numeric(ticker[field], field);
  },
  stockTopPerformersResponse({ data }) {
    text(data.meta.market, "meta.market");
    text(data.meta.exchanges.join(", "), "meta.exchanges");
    text(data.meta.currency, "meta.currency");
    date(data.timestamp, "timestamp");
    for (const side of ["topGainers", "topLosers"]) {
      list(data[side], side);
      for (const row of data[side]) {
        text(row.symbol, "symbol");
        for (const field of ["currentPrice", "changePercent", "open", "high", "low", "previousClose"]) row[field].toFixed(2);
      }
    }
  },
  newsUpdate({ data }) {
    list(data, "data");
    for (const card of data) {
      for (const field of ["id", "title", "url", "source"]) text(card[field], field);
      assert.ok(card.description === null || typeof card.description === "string", "description");
      zoned(card.publishedAt, "publishedAt");
    }
  },
};

function showWeather(event, { data }) {
  assert.notEqual(event.split(".")[1], "", "the city of the event");
  text(data.city, "city");
  text(data.condition, "condition");
  assert.match(data.icon, /^https?:\/\//, "icon");
  zoned(data.lastUpdated, "lastUpdated");
  for (const field of ["temperatureC", "feelslikeC", "humidity", "windKph", "visibilityKm"]) number(data[field], field);
  if (data.airQuality) number(data.airQuality.pm25 ?? 0, "pm25");
}

export class ReferencePage {
  shown = new Set(); // names of events that were shown, weather as one
  complaints = [];
  #greeted = false;

  /** One event, as the page's listeners get it. */
  take(event, payload) {
    try {
      if (event === "session:init") this.#greeted = true;
      const weather = event.startsWith("weather.") && event.endsWith(".update");
      if (!weather && !(event in SHOWN)) return;
      assert.ok(this.#greeted, "before session:init the page listens to nothing");
      assert.ok(["success", "loading", "error"].includes(payload.status), "status");
      if (payload.status !== "success") {
        text(payload.message, "message");
        assert.ok(payload.message.length > 10 && !weather, "nothing but weather is called weather");
        return;
      }
      if (weather) showWeather(event, payload);
      else SHOWN[event](payload);
      this.shown.add(weather ? "weather" : event);
    } catch (error) {
      this.complaints.push(`${event}: ${error.message}; ${JSON.stringify(payload)?.slice(0, 300)}`);
    }
  }

  /** Everything was shown, and nothing was wrong with it. */
  check() {
    assert.deepEqual(this.complaints, []);
    assert.deepEqual([...this.shown].sort(), [...Object.keys(SHOWN), "weather"].sort());
  }
}
