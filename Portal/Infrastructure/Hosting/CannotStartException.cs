namespace Portal.Infrastructure.Hosting;

/// <summary>Portal cannot start, and the reason is something a person can put right: one sentence with the remedy.</summary>
internal sealed class CannotStartException(string message, Exception? inner = null) : Exception(message, inner);
