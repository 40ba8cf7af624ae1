import '@hotwired/turbo';
import '../plain/links.js';
