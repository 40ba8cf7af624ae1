// Keeps the links that come back. Heard from `document`, they come also from an element that has left the page by then.
document.addEventListener('bzctrl-created', ({ detail: { title, taskLink } }) => {
  const row = document.createElement('li');
  const link = document.createElement(taskLink ? 'a' : 'span');
  if (taskLink && link instanceof HTMLAnchorElement) link.href = taskLink;
  link.append(title);
  row.append(link);
  document.getElementById('links')?.append(row);
});
