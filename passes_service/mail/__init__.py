"""What leaves by e-mail: letters, whom they go to, and how they are sent."""
