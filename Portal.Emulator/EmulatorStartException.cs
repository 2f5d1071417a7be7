namespace Portal.Emulator;

/// <summary>The emulator cannot start; the message is one sentence with the remedy, meant for the person at the terminal.</summary>
public sealed class EmulatorStartException(string message, Exception? inner = null) : Exception(message, inner);
