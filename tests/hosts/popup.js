// Opens a tab that nobody has asked for, and says what the browser made of it.
setTimeout(() => {
  const opened = open('about:blank');
  /** @type {HTMLElement} */ (document.querySelector('[role=status]')).textContent = opened ? 'opened' : 'blocked';
}, 0);
