namespace Portal.Emulator.Aws.Faults;

/// <summary>
/// Something that is to go wrong, as POST /_emulator/faults and the file Emulator:Faults take it. Kinds:
/// <list type="bullet">
/// <item><c>fail</c>: the <see cref="Nth"/> creation (update, deletion: <see cref="On"/>) of <see cref="Type"/> from now on fails with <see cref="Reason"/>, once.</item>
/// <item><c>stall</c>: the same, but it never finishes.</item>
/// <item><c>slow</c>: everything of <see cref="Type"/> takes <see cref="Factor"/> times as long, until removed.</item>
/// <item><c>throttle</c>, <c>error</c>, <c>drop</c>: calls of <see cref="Action"/> (of <see cref="Service"/>) are answered "Rate exceeded", are answered 500,
/// or lose their connection <see cref="When"/> <c>before</c> or <c>after</c> the effect. With a <see cref="Rate"/>: that part of them, until removed; without: the <see cref="Nth"/>, once.</item>
/// <item><c>lose-events</c>: that part (<see cref="Rate"/>) of the stacks' events is never written.</item>
/// <item><c>lose-deliveries</c>, <c>duplicate-deliveries</c>, <c>delay-deliveries</c>: that part of what EventBridge brings to queues never arrives, arrives twice,
/// or is to be had <see cref="Seconds"/> later.</item>
/// </list>
/// Which calls a rate hits follows from Emulator:Seed and their order.
/// </summary>
public sealed record Fault
{
    public string Kind { get; init; } = "fail";

    /// <summary>A resource type; <c>*</c> is any.</summary>
    public string Type { get; init; } = "*";

    /// <summary>1 is the next one.</summary>
    public int Nth { get; init; } = 1;

    public string Reason { get; init; } = "";

    /// <summary><c>create</c>, <c>update</c> or <c>delete</c>.</summary>
    public string On { get; init; } = "create";

    public double Factor { get; init; } = 1;

    /// <summary>Real seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>0 to 1.</summary>
    public double? Rate { get; init; }

    /// <summary>For example <c>cloudformation</c>; <c>*</c> is any.</summary>
    public string Service { get; init; } = "*";

    /// <summary>For example <c>CreateStack</c>; <c>*</c> is any.</summary>
    public string Action { get; init; } = "*";

    /// <summary><c>before</c> or <c>after</c>.</summary>
    public string When { get; init; } = "before";

    /// <summary>Null, or what is wrong with this description.</summary>
    public string? Mistake() => Kind switch
    {
        "fail" or "stall" or "slow" when Type != "*" && CloudFormation.Resources.ResourceTypes.Find(Type) is null => $"'{Type}' is no resource type of this emulator.",
        "fail" when Reason.Length == 0 => "A fault of kind fail takes a reason.",
        "fail" or "stall" when On is not ("create" or "update" or "delete") => "'on' is create, update or delete.",
        "slow" when Factor <= 0 => "'factor' is above 0.",
        "drop" when When is not ("before" or "after") => "'when' is before or after.",
        "lose-events" or "lose-deliveries" or "duplicate-deliveries" or "delay-deliveries" when Rate is null => $"A fault of kind {Kind} takes a rate.",
        "delay-deliveries" when Seconds is not (> 0 and <= 900) => "'seconds' is above 0, and 900 at most.",
        _ when Nth < 1 => "'nth' is 1 or more.",
        _ when Rate is < 0 or > 1 => "'rate' is from 0 to 1.",
        "fail" or "stall" or "slow" or "throttle" or "error" or "drop" or "lose-events" or "lose-deliveries" or "duplicate-deliveries" or "delay-deliveries" => null,
        _ => $"'{Kind}' is none of fail, stall, slow, throttle, error, drop, lose-events, lose-deliveries, duplicate-deliveries and delay-deliveries.",
    };
}
