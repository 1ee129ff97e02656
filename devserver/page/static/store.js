// What the page knows: people, bots and conversations, kept up to date by the feed.

export class Store {
  people = [];
  bots = new Map();
  conversations = new Map();

  /** Begin anew with the server's state. */
  replace(state) {
    this.people = state.people;
    this.bots = new Map(state.bots.map((bot) => [bot.name, bot]));
    this.conversations = new Map(state.conversations.map((one) => [one.id, one]));
  }

  /** Take a change of a message or card; the conversations that show it. */
  take({ conversations = [], entry }) {
    const places = conversations.map((id) => this.conversations.get(id)).filter(Boolean);
    for (const { entries } of places) {
      const at = entries.findIndex((known) => known.id === entry.id);
      if (at === -1) entries.push(entry);
      // What the state already holds may be newer than an event that was on its way.
      else if (!(entry.version < entries[at].version)) entries[at] = entry;
    }
    return places;
  }

  /** The conversations this person is in: private chats first. */
  of(person) {
    const theirs = [...this.conversations.values()].filter((one) => one.people.includes(person));
    return theirs.sort((one, other) => one.is_group - other.is_group);
  }

  /** The name shown for whoever sent an entry. */
  nameOf(entry) {
    return entry.from_bot ? (this.bots.get(entry.sender)?.title ?? entry.sender) : entry.sender;
  }
}

/** Whether this person may see an entry: cards in a group can be meant for some only. */
export function isSeenBy(entry, person) {
  return !entry.recipients?.length || entry.recipients.includes(person);
}
