import 'bootstrap';
import 'bootstrap/dist/css/bootstrap.css';
import '../plain/links.js';
