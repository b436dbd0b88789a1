"""Who is whom across sources: matching, decisions that join people, and one timeline a person."""
