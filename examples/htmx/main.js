import 'htmx.org';
import '../plain/links.js';
