// A clock that stands still, at 9:41 of a Thursday in Amsterdam.
(() => {
  const [Real, now] = [Date, Date.UTC(2026, 2, 5, 8, 41)];
  window.Date = class extends Real {
    constructor(...parts) {
      super(...(parts.length ? parts : [now]));
    }
    static now() {
      return now;
    }
  };
})();
