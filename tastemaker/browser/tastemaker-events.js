// Events in batches, in order, again after failures, and when the page is left.
// const events = tastemakerEvents("https://…/dev", {key, sessionId, userId}); events.track({eventType: "click", itemId});
function tastemakerEvents(url, { key, token, sessionId, userId, pause = 2000, batch = 50 }) {
  let waiting = [], timer = 0, busy = false, wait = pause;
  const who = key ? { "x-api-key": key } : token && { authorization: "Bearer " + token };
  const body = (events) => JSON.stringify({ sessionId, ...(userId && { userId }), events });
  const post = (events, keepalive) => fetch(url + "/events", {
    method: "POST", keepalive, body: body(events),
    headers: { "content-type": "application/json", ...who },
  });
  const later = () => { timer = timer || setTimeout(flush, wait); };
  async function flush() {
    clearTimeout(timer); timer = 0;
    if (busy || !waiting.length) return;
    busy = true;
    const sent = waiting.slice(0, batch);
    let left = sent;
    try {
      const answer = await post(sent, false);
      const report = (await answer.json()).events;
      // Refused as a whole is final, unless for load.
      if (report) left = sent.filter((_, i) => report[i].status === "retry");
      else if (answer.status < 500 && answer.status !== 429) left = [];
    } catch { /* no connection */ }
    waiting = [...left, ...waiting.slice(sent.length)];
    wait = left.length ? Math.min(wait * 2, 60000) : pause;
    busy = false;
    if (waiting.length) later();
  }
  // A beacon carries no headers; like keepalive requests it outlives the page.
  addEventListener("pagehide", () => {
    for (let i = 0; i < waiting.length; i += batch) {
      const events = waiting.slice(i, i + batch);
      if (who) post(events, true); else navigator.sendBeacon(url + "/events", body(events));
    }
  });
  return {
    flush,
    track(event) {
      waiting.push({ eventId: crypto.randomUUID(), sentAt: Math.floor(Date.now() / 1000), ...event });
      if (waiting.length >= batch) flush(); else later();
    },
  };
}
