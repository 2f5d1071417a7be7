namespace Portal.Core.Provisioning;

/// <summary>How much an event matters to who reads it.</summary>
public enum EventSeverity
{
    Info,
    Success,
    Warning,
    Error,
}
