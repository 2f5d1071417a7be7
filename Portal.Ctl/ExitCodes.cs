namespace Portal.Ctl;

/// <summary>What a pipeline is told; the README lists them.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The portal said no: fields that need mending, a conflict, or a request that was turned down.</summary>
    public const int Refused = 1;

    public const int Usage = 2;

    /// <summary>It did not answer, or met a fault.</summary>
    public const int Unreachable = 3;

    /// <summary>The token is none, or may not do this.</summary>
    public const int NotAllowed = 4;

    /// <summary>What was begun failed or was cancelled; what was looked at is not as it should be.</summary>
    public const int Failed = 5;

    /// <summary>It goes on, but was not waited for any longer.</summary>
    public const int TimedOut = 6;
}

/// <summary>Ends the program with a sentence.</summary>
internal sealed class CommandException(int code, string message) : Exception(message)
{
    public int Code => code;
}
