// Who decides what is posted: the server's own settings do, so there is nothing to switch here.

export function Posting() {
  return (
    <div class="form prose">
      <p>
        A note becomes a comment on the video's own site when you say so: with its Post button, with “post it”, or with
        the key. A browser on the server's machine writes it, with your own login there.
      </p>
      <p>
        <strong>Logins.</strong> Log in once, where the server runs: <code>sidenote connect youtube</code>. Your
        password is typed into the site's own page and seen by nobody else.
      </p>
      <p>
        <strong>By itself.</strong> Whether a note that is sure is posted without being asked is a setting of the
        server, for all who use it: <code>SIDENOTE_AUTO_POST</code>. It is off unless whoever runs the server has
        switched it on, and can't be switched here.
      </p>
      <p>
        What became of each post stands beside its note; <code>sidenote jobs</code> and <code>sidenote audit</code> list
        them all.
      </p>
    </div>
  );
}
