namespace Portal.Core.Rehearsals;

/// <summary>What the program that plays a rehearsal is told, as one line of JSON on its standard input, which stays open: it ends when that closes.</summary>
/// <param name="ConnectionString">Of an empty database that is all its own.</param>
/// <param name="Folder">For its files, and those of what it runs.</param>
/// <param name="Helm">Path of the helm program.</param>
/// <param name="Templates">Folder Templates; null to look for it.</param>
/// <param name="ClockScale">How many times as fast as AWS it goes.</param>
public sealed record StageOrder(RehearsalScript Script, string ConnectionString, string Folder, string Helm, string? Templates, double ClockScale);

/// <summary>What it says, a line of JSON each on its standard output: how far it is, and at the end what came of it.</summary>
/// <param name="Fault">Why it cannot go on, in a sentence.</param>
public sealed record StageLine(RehearsalProgress? Progress = null, RehearsalReport? Report = null, string? Fault = null);
